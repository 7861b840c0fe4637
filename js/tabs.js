// Tabs of one origin on one database: one has it open, the others ask that one.
//
// Who holds the lock named after the database is its owner; the browser passes the lock on when its
// holder goes, however it goes. Each owner also holds a lock of its own, which tells those who wait
// for it that it is gone. Requests and answers travel over one channel per receiver.
//
// What an owner has not answered is asked of the next one. Such requests are signed: the engine
// keeps a receipt of each in the transaction of its changes, so that nothing is done twice.
//
// An owner can stand still: stopped by a debugger, or frozen by the system before it could let go. Nobody can take the
// database from it, so who waits with a timeout is told so, and the owner, when it goes on, leaves out what is too late.

import { newSigner, sign } from './codec.js';
import { Code } from './constants.js';
import { ConnectionConfigException, MilvusException } from './errors.js';
import { answerWith, asking, DEADLINE_EXCEEDED, notConnected, packError, unpackError } from './port.js';

/** @typedef {import('./options.js').Transport} Transport */
/** @typedef {import('./port.js').Question} Question */

/**
 * @typedef {object} Sharing
 * @property {string} name      of the database, the same in all tabs
 * @property {string} mode      how it is opened: who has another one is kept out
 * @property {boolean} [alone]  with nobody: who comes second is told so
 * @property {number} [timeout] seconds to wait, alone for others to go, else for each answer of the owner; 0: no limit
 */

/**
 * What of a browser this stands on.
 *
 * @typedef {object} Browser
 * @property {Pick<LockManager, 'request'>} locks
 * @property {(name: string) => Channel} channel
 */

/** @typedef {Pick<BroadcastChannel, 'postMessage' | 'close'> & { onmessage: ((event: any) => void) | null }} Channel */

/** Another version of this file speaks another language. */
const PROTOCOL = 1;

/** So many requests may be under way: the engine keeps receipts of as many. See storage/receipts.h. */
const WINDOW = 64;

/** The longest time that timers know, in milliseconds. */
const LONGEST_WAIT = 2 ** 31 - 1;

/** What other tabs may ask of an owner. */
const OF_OTHERS = new Set(['call', 'maintain', 'copy', 'storage']);

/** What may be asked of the next owner too. */
const AGAIN = new Set(['call', 'maintain', 'storage']);

/**
 * A request that is not answered yet.
 *
 * @typedef {object} Waiting
 * @property {Question & { until?: number }} question  after this moment the owner does not begin it
 * @property {ReturnType<typeof setTimeout>} [limit]
 * @property {string} [sentTo]   an owner, and from which membership
 * @property {(answer: import('./port.js').Answer) => void} settle
 * @property {Promise<any>} answered
 */

/**
 * The time between asking for the lock and letting go of it.
 *
 * @typedef {object} Membership
 * @property {string} id
 * @property {AbortController} ending
 * @property {Channel} everybody
 * @property {Channel} answers         to this tab
 * @property {{ id: string, channel: Channel }} [owner]  another tab
 * @property {Transport} [engine]      this tab is the owner
 * @property {Channel} [questions]     of other tabs
 * @property {Map<string, Channel>} others
 * @property {Set<Promise<void>>} busy
 * @property {() => void} release
 */

/** @implements {Transport} */
export class TabTransport {
  #open;
  #sharing;
  #mode;
  #browser;
  /** @type {Map<number, Waiting>} in order */
  #waiting = new Map();
  /** @type {Membership | undefined} */
  #membership;
  /** @type {Promise<void> | undefined} */
  #closing;
  #signer = newSigner();
  #lastId = this.#signer.first;
  #remote = asking((method, args) => this.ask(method, ...args));

  /**
   * @param {() => Transport} open  makes an engine, when this tab is the owner
   * @param {Sharing} sharing
   * @param {Browser} [browser]
   */
  constructor(open, sharing, browser = thisBrowser()) {
    this.#open = open;
    this.#sharing = sharing;
    this.#mode = `${PROTOCOL} ${sharing.alone ? `alone ${crypto.randomUUID()}` : sharing.mode}`;
    this.#browser = browser;
  }

  /** Whether it is this tab that has the database open. */
  get isOwner() {
    return this.#membership?.engine !== undefined;
  }

  /** @type {Transport['call']} */
  call(...args) {
    return this.#remote.call(...args);
  }

  /**
   * @param {{ collection_name: string, index_name: string }} params
   * @param {import('./building.js').SliceSize} size
   */
  maintain(params, size) {
    return this.#remote.maintain(params, size);
  }

  /**
   * Any method of the owner's engine, in order.
   *
   * @param {string} method
   * @param {...any} args
   * @returns {Promise<any>}
   */
  async ask(method, ...args) {
    if (this.#closing) throw notConnected();
    const m = (this.#membership ??= this.#join());
    const id = ++this.#lastId;
    const { promise, settle } = unsettled();
    /** @type {Waiting} */
    const waiting = { question: { id, method, args }, settle, answered: promise };
    this.#waiting.set(id, waiting);
    const seconds = (method === 'call' && args[1]) || this.#sharing.timeout;
    if (seconds > 0 && !this.#sharing.alone) this.#limit(waiting, seconds);
    if (m.engine) this.#perform(m, waiting);
    else this.#pass(m);
    return promise;
  }

  /** @type {Transport['copy']} */
  copy(...args) {
    return this.#remote.copy(...args);
  }

  storage() {
    return this.#remote.storage();
  }

  /** Waits for the calls before it. An owner leaves one plain file, and another tab is the owner. */
  close() {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Lets others have the database while this tab is out of sight. Calls ask for it again. */
  suspend() {
    this.#leave().catch(() => {}); // the file is as after a crash then, and sound
  }

  resume() {
    if (this.#waiting.size > 0) this.#membership ??= this.#join();
  }

  /**
   * Ends the wait for another tab. What this tab does itself is not ended in the middle.
   *
   * @param {Waiting} waiting
   * @param {number} seconds
   */
  #limit(waiting, seconds) {
    const { question } = waiting;
    const ms = Math.min(seconds * 1000, LONGEST_WAIT);
    question.until = Date.now() + ms;
    waiting.limit = setTimeout(() => {
      const m = this.#membership;
      if (m && waiting.sentTo === m.id) return;
      const why = `the tab that has the database open did not answer within ${seconds} seconds`;
      const message = `${why}; what has not reached it is not done any more`;
      const error = packError(new MilvusException(DEADLINE_EXCEEDED, message));
      const answer = { id: question.id, error };
      if (m) this.#settle(m, answer);
      else this.#answered(answer);
    }, ms);
  }

  async #close() {
    await Promise.allSettled([...this.#waiting.values()].map(({ answered }) => answered));
    await this.#leave();
  }

  /** @returns {Membership} */
  #join() {
    const { name } = this.#sharing;
    const id = crypto.randomUUID();
    /** @type {Membership} */
    const m = {
      id,
      ending: new AbortController(),
      everybody: this.#listen(name, (data) => this.#heard(m, data)),
      answers: this.#listen(`${name}/answers/${id}`, (data) => this.#settle(m, data)),
      others: new Map(),
      busy: new Set(),
      release() {},
    };
    this.#elect(m).catch((error) => this.#fail(m, error));
    m.everybody.postMessage({ who: id });
    return m;
  }

  /**
   * Asks for the lock, and keeps it until the membership ends.
   *
   * @param {Membership} m
   */
  async #elect(m) {
    const { name, alone, timeout = 0 } = this.#sharing;
    const { signal } = m.ending;
    const patience = alone ? AbortSignal.any([signal, AbortSignal.timeout(timeout * 1000)]) : signal;
    const how = alone && timeout === 0 ? { ifAvailable: true } : { signal: patience };
    let isAnswered = false;
    try {
      await this.#browser.locks.request(name, how, (lock) => {
        isAnswered = true;
        if (!lock) throw locked('another tab or client has it open');
        return signal.aborted ? undefined : this.#own(m);
      });
    } catch (error) {
      if (signal.aborted) return;
      if (isAnswered) throw error;
      const isLate = /** @type {Error} */ (error).name === 'TimeoutError';
      throw isLate ? locked('another tab or client has it open') : denied(error);
    }
  }

  /**
   * @param {Membership} m
   * @returns {Promise<void>}  of the time it is the owner
   */
  async #own(m) {
    const { locks } = this.#browser;
    const released = new Promise((resolve) => (m.release = () => resolve(undefined)));
    await new Promise((taken, failed) => {
      const hold = () => {
        taken(undefined);
        return released;
      };
      locks.request(ownLock(this.#sharing.name, m.id), { mode: 'exclusive' }, hold).catch(failed);
    });
    if (m.ending.signal.aborted) return m.release();
    this.#forget(m);
    m.engine = this.#open();
    m.questions = this.#listen(questionsOf(this.#sharing.name, m.id), (data) => this.#serve(m, data));
    m.everybody.postMessage({ owner: m.id, mode: this.#mode });
    this.#pass(m);
    await released;
  }

  /**
   * @param {Membership} m
   * @param {{ who?: string, owner?: string, mode?: string }} said  to everybody
   */
  #heard(m, { who, owner, mode }) {
    if (who && m.engine) m.everybody.postMessage({ owner: m.id, mode: this.#mode });
    if (!owner || m.engine || this.#sharing.alone || owner === m.owner?.id) return;
    if (mode !== this.#mode) {
      const why = mode?.startsWith(`${PROTOCOL} `)
        ? 'another tab or client has it open, alone or with other options'
        : 'another tab has it open with another version of this library';
      this.#fail(m, locked(why));
      return;
    }
    this.#follow(m, owner);
  }

  /**
   * @param {Membership} m
   * @param {string} id
   */
  #follow(m, id) {
    const { name } = this.#sharing;
    const { signal } = m.ending;
    this.#forget(m);
    m.owner = { id, channel: this.#browser.channel(questionsOf(name, id)) };
    const isGone = () => {
      if (m.owner?.id !== id) return;
      this.#forget(m);
      m.everybody.postMessage({ who: m.id });
    };
    this.#browser.locks.request(ownLock(name, id), { mode: 'shared', signal }, isGone).catch(() => {});
    this.#pass(m);
  }

  /** @param {Membership} m */
  #forget(m) {
    m.owner?.channel.close();
    m.owner = undefined;
  }

  /**
   * Has the owner do what waits, as far as one is known.
   *
   * @param {Membership} m
   */
  #pass(m) {
    const [oldest = 0] = this.#waiting.keys();
    for (const [id, waiting] of this.#waiting) {
      if (m.engine) this.#perform(m, waiting);
      else if (!m.owner || id >= oldest + WINDOW) return;
      else this.#send(m, m.owner, waiting);
    }
  }

  /**
   * @param {Membership} m
   * @param {Waiting} waiting
   */
  #perform(m, waiting) {
    if (waiting.sentTo === m.id) return;
    waiting.sentTo = m.id;
    const engine = /** @type {Transport} */ (m.engine);
    this.#keepBusy(
      m,
      answerWith(engine, waiting.question).then((answer) => this.#settle(m, answer)),
    );
  }

  /**
   * @param {Membership} m
   * @param {{ id: string, channel: Channel }} owner
   * @param {Waiting} waiting
   */
  #send(m, owner, waiting) {
    const sentTo = `${owner.id} from ${m.id}`;
    if (waiting.sentTo === sentTo) return;
    const { id, method, args } = waiting.question;
    if (!OF_OTHERS.has(method) || (waiting.sentTo && !AGAIN.has(method))) {
      const message = waiting.sentTo
        ? 'the tab that had the database open is gone in the middle of this; begin it again'
        : 'only the tab that has the database open can do this; close it there first';
      const error = new ConnectionConfigException(Code.ConnectionConfig, message);
      this.#answered({ id, error: packError(error) });
      return;
    }
    waiting.sentTo = sentTo;
    if (method === 'call') sign(args[0], this.#signer.client, id);
    owner.channel.postMessage({ ...waiting.question, from: m.id });
  }

  /**
   * Does what another tab asks. It keeps its question until it has the answer.
   *
   * @param {Membership} m
   * @param {Question & { from: string, until?: number }} asked
   */
  #serve(m, { from, until = Infinity, ...question }) {
    if (!m.engine || m.ending.signal.aborted || !OF_OTHERS.has(question.method)) return;
    if (until < Date.now()) return; // nobody waits for it, and it may have been asked again
    let channel = m.others.get(from);
    if (!channel) {
      channel = this.#browser.channel(`${this.#sharing.name}/answers/${from}`);
      m.others.set(from, channel);
    }
    const to = channel;
    this.#keepBusy(
      m,
      answerWith(m.engine, question).then((answer) => to.postMessage(answer)),
    );
  }

  /**
   * @param {Membership} m
   * @param {Promise<void>} work
   */
  #keepBusy(m, work) {
    m.busy.add(work);
    work.finally(() => m.busy.delete(work));
  }

  /**
   * @param {Membership} m
   * @param {import('./port.js').Answer} answer
   */
  #settle(m, answer) {
    this.#answered(answer);
    if (m.owner) this.#pass(m); // there may be room in the window
  }

  /** @param {import('./port.js').Answer} answer  perhaps a second one */
  #answered(answer) {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    clearTimeout(waiting?.limit);
    waiting?.settle(answer);
  }

  /**
   * Nothing that waits can be done.
   *
   * @param {Membership} m
   * @param {unknown} error
   */
  #fail(m, error) {
    if (m !== this.#membership) return;
    this.#leave().catch(() => {});
    for (const id of [...this.#waiting.keys()]) this.#answered({ id, error: packError(error) });
  }

  /** Ends the membership. An owner has finished its work, and closed the database, before it lets go. */
  async #leave() {
    const m = this.#membership;
    this.#membership = undefined;
    if (!m) return;
    m.ending.abort();
    this.#forget(m);
    m.everybody.close();
    m.questions?.close();
    try {
      await Promise.all(m.busy);
      await m.engine?.close();
    } finally {
      m.answers.close();
      for (const channel of m.others.values()) channel.close();
      m.release();
    }
  }

  /** @param {string} name */
  #channel(name) {
    try {
      return this.#browser.channel(name);
    } catch (error) {
      throw denied(error);
    }
  }

  /**
   * @param {string} name
   * @param {(data: any) => void} onMessage
   */
  #listen(name, onMessage) {
    const channel = this.#channel(name);
    channel.onmessage = ({ data }) => onMessage(data);
    return channel;
  }
}

/** Whether tabs can find each other here. */
export function canShare() {
  return typeof BroadcastChannel === 'function' && globalThis.navigator?.locks !== undefined;
}

/** @returns {Browser} */
function thisBrowser() {
  return { locks: navigator.locks, channel: (name) => new BroadcastChannel(name) };
}

/** @type {(name: string, id: string) => string} */
const ownLock = (name, id) => `${name}/owner/${id}`;
/** @type {(name: string, id: string) => string} */
const questionsOf = (name, id) => `${name}/questions/${id}`;

/** @param {string} why */
function locked(why) {
  const message = `Open local milvus failed, database is locked: ${why}`;
  return new ConnectionConfigException(Code.ConnectionConfig, message);
}

/**
 * Browsers refuse locks and channels to pages that may not keep anything: the user has said so, or the page is a
 * frame of another site.
 *
 * @param {unknown} cause
 */
function denied(cause) {
  const { name, message } = /** @type {Error} */ (cause);
  const why = `the browser lets this page keep nothing (${name}: ${message})`;
  return new ConnectionConfigException(Code.ConnectionConfig, `Open local milvus failed, ${why}; ':memory:' would be available`);
}

function unsettled() {
  /** @type {Waiting['settle']} */
  let settle = () => {};
  const promise = new Promise((resolve, reject) => {
    settle = ({ value, error }) => (error ? reject(unpackError(error)) : resolve(value));
  });
  promise.catch(() => {}); // the caller listens too
  return { promise, settle };
}
