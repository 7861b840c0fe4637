// The client's side of copying a database out and in: pieces from and to the transport, and what
// a program makes of them.

import { Code } from './constants.js';
import { MilvusException, ParamError } from './errors.js';

/** @typedef {import('./options.js').Transport} Transport */

/**
 * @typedef {object} Copying
 * @property {(progress: { done: number, total: number | undefined }) => void} [on_progress]  bytes; an
 *   import's total is unknown when it comes from a stream
 * @property {AbortSignal} [signal]  gives up; nothing has changed then
 */

/**
 * @typedef {object} Exported  by format
 * @property {Uint8Array<ArrayBuffer>} bytes
 * @property {Blob} blob
 * @property {ReadableStream<Uint8Array<ArrayBuffer>>} stream
 */

/** @typedef {ArrayBuffer | ArrayBufferView | Blob | ReadableStream<Uint8Array>} ImportSource */

const PIECE_BYTES = 4 * 1024 * 1024;
const FORMATS = ['bytes', 'blob', 'stream'];
const MEDIA_TYPE = 'application/vnd.sqlite3';

/**
 * @param {Transport} transport
 * @param {Copying & { format?: keyof Exported }} [options]
 * @returns {Promise<any>}  of Exported
 */
export async function exportDatabase(transport, options = {}) {
  const { format = 'bytes', on_progress, signal } = options;
  if (!FORMATS.includes(format)) {
    const message = `format must be one of ${FORMATS.join(', ')}, got '${format}'`;
    throw new ParamError(Code.ParameterInvalid, message, { detail: { field: 'format' } });
  }
  signal?.throwIfAborted();
  const { id, bytes: total } = await transport.copy('export');
  let done = 0;
  const next = async () => {
    try {
      signal?.throwIfAborted();
      const piece = /** @type {Uint8Array<ArrayBuffer>} */ (await transport.copy('read', id));
      done += piece.length;
      if (piece.length > 0) on_progress?.({ done, total });
      else await transport.copy('end', id);
      return piece;
    } catch (error) {
      await transport.copy('end', id).catch(() => {}); // what went wrong is the error
      throw error;
    }
  };
  if (format === 'stream') {
    return new ReadableStream(
      {
        async pull(controller) {
          const piece = await next();
          if (piece.length > 0) controller.enqueue(piece);
          else controller.close();
        },
        cancel: () => transport.copy('end', id),
      },
      { highWaterMark: 0 },
    );
  }
  const pieces = [];
  for (let piece = await next(); piece.length > 0; piece = await next()) pieces.push(piece);
  if (format === 'blob') return new Blob(pieces, { type: MEDIA_TYPE });
  return joined(pieces, total);
}

/**
 * @param {Transport} transport
 * @param {ImportSource} source
 * @param {Copying} [options]
 * @returns {Promise<void>}
 */
export async function importDatabase(transport, source, { on_progress, signal } = {}) {
  const { pieces, total } = piecesOf(source);
  signal?.throwIfAborted();
  const { id } = await transport.copy('import');
  try {
    let done = 0;
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      const { length } = piece; // it may be handed over
      await transport.copy('write', id, piece);
      done += length;
      on_progress?.({ done, total });
    }
    signal?.throwIfAborted();
  } catch (error) {
    await transport.copy('end', id).catch(() => {}); // what went wrong is the error
    throw error;
  }
  await transport.copy('replace', id);
}

/**
 * @param {Uint8Array<ArrayBuffer>[]} pieces
 * @param {number} bytes
 */
function joined(pieces, bytes) {
  if (pieces.length === 1) return pieces[0];
  try {
    const all = new Uint8Array(bytes);
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  } catch (cause) {
    const message = `no room for ${bytes} bytes: take a blob or a stream`;
    throw new MilvusException(Code.ServiceMemoryLimitExceeded, message, { cause });
  }
}

/**
 * @param {ImportSource} source
 * @returns {{ pieces: AsyncIterable<Uint8Array<ArrayBuffer>>, total: number | undefined }}
 */
function piecesOf(source) {
  if (source instanceof Blob) return { pieces: copies(source.stream()), total: source.size };
  if (source instanceof ReadableStream) return { pieces: copies(source), total: undefined };
  const view = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : source instanceof ArrayBuffer && new Uint8Array(source);
  if (view) return { pieces: slices(view), total: view.length };
  const message = `a database to import must be bytes, a Blob or a ReadableStream, got ${typeof source}`;
  throw new ParamError(Code.ParameterInvalid, message, { detail: { field: 'data' } });
}

/** @param {Uint8Array} bytes */
async function* slices(bytes) {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    yield Uint8Array.from(bytes.subarray(at, at + PIECE_BYTES));
  }
}

/** @param {ReadableStream<Uint8Array>} stream */
async function* copies(stream) {
  const reader = stream.getReader();
  let isDone = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      isDone = done;
      if (done) return;
      yield* slices(value);
    }
  } finally {
    if (!isDone) await reader.cancel().catch(() => {}); // who reads gave up
  }
}
