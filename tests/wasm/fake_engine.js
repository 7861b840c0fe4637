// A WebAssembly module with the engine's exports and next to no engine, put together by hand: for what
// the real one does only when it is broken, as trapping.

const I32 = 0x7f;
const EMPTY = 0x40;

/** Where the reply stands in memory, and where requests go. */
const REPLY_AT = 1024;
const REQUEST_AT = 65536;

/** @param {number} n */
function unsigned(n) {
  const bytes = [];
  for (; n > 0x7f; n >>>= 7) bytes.push((n & 0x7f) | 0x80);
  return [...bytes, n];
}

/** @param {number} n */
function signed(n) {
  const bytes = [];
  for (let more = true; more;) {
    const low = n & 0x7f;
    n >>= 7;
    more = !((n === 0 && (low & 0x40) === 0) || (n === -1 && (low & 0x40) !== 0));
    bytes.push(more ? low | 0x80 : low);
  }
  return bytes;
}

/** @param {number[]} bytes */
const sized = (bytes) => [...unsigned(bytes.length), ...bytes];
/** @param {number[][]} items */
const list = (items) => [...unsigned(items.length), ...items.flat()];
/** @param {string} text */
const name = (text) => sized([...Buffer.from(text)]);

// instructions
const constant = (n) => [0x41, ...signed(n)];
const local = (i) => [0x20, i];
const END = [0x0b];
const UNREACHABLE = [0x00];
const when = (condition, then) => [...condition, 0x04, EMPTY, ...then, ...END];
const equal = (a, b) => [...a, ...b, 0x46];
const above = (a, b) => [...a, ...b, 0x4b];
const RETURN = [0x0f];

/**
 * @param {object} [options]
 * @param {Uint8Array} [options.reply]   what every call replies
 * @param {number} [options.abi]
 * @param {number} [options.engine]      what mvl_new returns
 * @param {number} [options.room]        the largest request, in bytes
 * @param {number} [options.traps_at]    the operation whose call traps, by its number
 * @param {number} [options.fails_at]    the operation whose call cannot even reply
 * @returns {WebAssembly.Module}
 */
export function fakeEngine(options = {}) {
  const { reply = new Uint8Array(0), abi = 1, engine = 8, room = 1 << 20 } = options;
  const { traps_at: trapsAt = -1, fails_at: failsAt = -1 } = options;
  const operation = [...local(1), 0x2f, 1, 8]; // i32.load16_u offset=8

  const GET = 0;
  const MAP = 1;
  const TAKE = 2;
  const CALL = 3;
  const types = [
    [0x60, 0, 1, I32],
    [0x60, 1, I32, 1, I32],
    [0x60, 1, I32, 0],
    [0x60, 3, I32, I32, I32, 1, I32],
  ];
  const functions = [
    { name: 'mvl_abi', type: GET, body: constant(abi) },
    { name: 'mvl_describe', type: GET, body: constant(0) },
    {
      name: 'mvl_alloc',
      type: MAP,
      body: [
        ...when(above(local(0), constant(room)), [...constant(0), ...RETURN]),
        ...constant(REQUEST_AT),
      ],
    },
    { name: 'mvl_free', type: TAKE, body: [] },
    { name: 'mvl_new', type: GET, body: constant(engine) },
    {
      name: 'mvl_call',
      type: CALL,
      body: [
        ...when(equal(operation, constant(trapsAt)), UNREACHABLE),
        ...equal(operation, constant(failsAt)),
      ],
    },
    { name: 'mvl_reply', type: MAP, body: constant(REPLY_AT) },
    { name: 'mvl_reply_bytes', type: MAP, body: constant(reply.length) },
    { name: 'mvl_delete', type: TAKE, body: [] },
  ];

  const sections = [
    { id: 1, body: list(types) },
    { id: 2, body: list([[...name('env'), ...name('memory'), 2, 1, 1, ...unsigned(65536)]]) },
    { id: 3, body: list(functions.map(({ type }) => [type])) },
    { id: 7, body: list(functions.map((f, i) => [...name(f.name), 0, i])) },
    { id: 10, body: list(functions.map(({ body }) => sized([0, ...body, ...END]))) },
    { id: 11, body: list([[0, ...constant(REPLY_AT), ...END, ...sized([...reply])]]) },
  ];
  const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const bytes = [...header, ...sections.flatMap(({ id, body }) => [id, ...sized(body)])];
  return new WebAssembly.Module(new Uint8Array(bytes));
}
