// The official SQLite for browsers: its fastest file system, a transaction a batch, vectors as blobs, and a loop over all
// of them, which are in memory after the first search. Its commits are as durable as ours: a write-ahead log whose handle
// is flushed once a commit.

import sqlite3InitModule from '/build/bench/browser/node_modules/@sqlite.org/sqlite-wasm/dist/index.mjs';
import { DIM, K } from './job.js';

let pool, db;
/** @type {{ ids: number[], vectors: Float32Array[] } | undefined} */
let loaded;

function load() {
  const ids = [];
  const vectors = [];
  const statement = db.prepare('SELECT id, vector FROM bench');
  while (statement.step()) {
    ids.push(statement.getInt(0));
    vectors.push(new Float32Array(statement.getBlob(1).slice().buffer));
  }
  statement.finalize();
  return { ids, vectors };
}

function cosine(a, b) {
  let [dot, squares] = [0, 0];
  for (let d = 0; d < DIM; d++) {
    dot += a[d] * b[d];
    squares += b[d] * b[d];
  }
  return dot / Math.sqrt(squares);
}

/** @type {import('./job.js').Engine} */
export const engine = {
  async open() {
    const sqlite3 = await sqlite3InitModule({ print() {}, printErr() {} });
    pool = await sqlite3.installOpfsSAHPoolVfs({ name: 'bench' });
    db = new pool.OpfsSAHPoolDb('/bench.db');
    db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS bench (row INTEGER PRIMARY KEY, id INTEGER NOT NULL UNIQUE, text TEXT, vector BLOB)`);
    const [mode, synchronous] = [db.selectValue('PRAGMA journal_mode'), db.selectValue('PRAGMA synchronous')];
    if (mode !== 'wal' || synchronous !== 2) throw new Error(`it is in mode ${mode}, synchronous ${synchronous}`);
  },
  async insert(rows) {
    loaded = undefined;
    db.transaction(() => {
      const statement = db.prepare('INSERT OR REPLACE INTO bench (id, text, vector) VALUES (?, ?, ?)');
      for (const { id, text, vector } of rows) {
        statement.bind([id, text, new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)]).stepReset();
      }
      statement.finalize();
    });
  },
  async nearest(query) {
    const { ids, vectors } = (loaded ??= load());
    const best = [];
    for (let i = 0; i < ids.length; i++) {
      const score = cosine(query, vectors[i]);
      if (best.length === K && score <= best[K - 1].score) continue;
      const at = best.findIndex((other) => other.score < score);
      best.splice(at < 0 ? best.length : at, 0, { id: ids[i], score });
      best.length = Math.min(best.length, K);
    }
    return best[0].id;
  },
  async close() {
    db.close();
    pool.pauseVfs();
  },
};
