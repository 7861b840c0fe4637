// all-MiniLM-L6-v2 in a thread of its own, so that the page stays smooth while it works.

import { wordpiece } from './wordpiece.js';

const LONGEST = 256; // tokens
const BATCH = 16;
const TOLD_AFTER = 1e6; // bytes of a download

/** A model that gives back what it is given. The runtime starts with its first session, so this one comes before the real one is there. */
const SMALLEST = Uint8Array.from(atob('CAg6NwoQCgF4EgF5IghJZGVudGl0eRIBdFoPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCBAoAEBE='), (c) => c.charCodeAt(0));

let ort, session, tokenize;

self.onmessage = async ({ data: { id, load, texts } }) => {
  try {
    if (load) await open(load);
    const vectors = texts ? await embed(texts) : undefined;
    self.postMessage({ id, vectors }, vectors ? vectors.map((vector) => vector.buffer) : []);
  } catch (error) {
    self.postMessage({ id, error: String(error?.message ?? error) });
  }
};

async function open({ runtime, model, vocabulary, optimised }) {
  const [bytes, tokens] = await Promise.all([download(model), download(vocabulary), start(runtime)]);
  tokenize = wordpiece(new TextDecoder().decode(tokens));
  self.postMessage({ stage: 'start' });
  session = await sessionOf(bytes, optimised ? 'disabled' : 'all');
}

/** @param {string} folder */
async function start(folder) {
  ort = await import(`${folder}ort.wasm.min.mjs`);
  ort.env.wasm.wasmPaths = folder;
  ort.env.wasm.numThreads = 1; // more need a page that is isolated from all others
  await (await sessionOf(SMALLEST, 'disabled')).release();
}

const sessionOf = (bytes, graphOptimizationLevel) => ort.InferenceSession.create(bytes, { executionProviders: ['wasm'], graphOptimizationLevel });

/** @param {string} url */
async function download(url) {
  const response = await fetch(url).catch((cause) => {
    throw new Error(`${url} cannot be fetched: ${cause.message}`, { cause });
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  const total = Number(response.headers.get('content-length')) || 0;
  const parts = [];
  let done = 0;
  let told = 0;
  for (const reader = response.body.getReader(); ;) {
    const { done: end, value } = await reader.read();
    if (end) return joined(parts, done);
    parts.push(value);
    done += value.length;
    if (total < TOLD_AFTER || done - told < TOLD_AFTER) continue;
    told = done;
    self.postMessage({ stage: 'download', done, total });
  }
}

function joined(parts, length) {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

async function embed(texts) {
  const encoded = texts.map((text) => tokenize(text, LONGEST));
  const order = encoded.map((_, i) => i).sort((a, b) => encoded[a].length - encoded[b].length); // little padding
  const vectors = new Array(texts.length);
  for (let at = 0; at < order.length; at += BATCH) {
    const rows = order.slice(at, at + BATCH);
    const means = await run(rows.map((i) => encoded[i]));
    rows.forEach((i, k) => (vectors[i] = means[k]));
  }
  return vectors;
}

async function run(batch) {
  const width = Math.max(...batch.map((ids) => ids.length));
  const ids = new BigInt64Array(batch.length * width);
  const mask = new BigInt64Array(ids.length);
  batch.forEach((tokens, row) => {
    tokens.forEach((id, i) => {
      ids[row * width + i] = BigInt(id);
      mask[row * width + i] = 1n;
    });
  });
  const tensor = (data) => new ort.Tensor('int64', data, [batch.length, width]);
  const inputs = {
    input_ids: tensor(ids),
    attention_mask: tensor(mask),
    token_type_ids: tensor(new BigInt64Array(ids.length)),
  };
  const { last_hidden_state: hidden } = await session.run(inputs);
  const dim = hidden.dims[2];
  return batch.map((tokens, row) => {
    const mean = new Float32Array(dim);
    for (let i = 0; i < tokens.length; i++) {
      const from = (row * width + i) * dim;
      for (let k = 0; k < dim; k++) mean[k] += hidden.data[from + k];
    }
    let square = 0;
    for (const x of mean) square += x * x;
    const scale = 1 / Math.sqrt(square);
    return mean.map((x) => x * scale);
  });
}
