// all-MiniLM-L6-v2 in a thread of its own, so that the page stays smooth while it works.

import { wordpiece } from './wordpiece.js';

const LONGEST = 256; // tokens
const BATCH = 16;

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

async function open({ runtime, model, vocabulary }) {
  const downloads = [download(model), download(vocabulary)];
  ort = await import(`${runtime}ort.wasm.min.mjs`);
  ort.env.wasm.wasmPaths = runtime;
  ort.env.wasm.numThreads = 1; // more need a page that is isolated from all others
  const [bytes, tokens] = await Promise.all(downloads);
  tokenize = wordpiece(new TextDecoder().decode(tokens));
  self.postMessage({ stage: 'start' });
  session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
}

async function download(url) {
  const response = await fetch(url).catch((cause) => {
    throw new Error(`${url} cannot be fetched: ${cause.message}`, { cause });
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  const total = Number(response.headers.get('content-length')) || 0;
  const parts = [];
  let done = 0;
  for (const reader = response.body.getReader(); ;) {
    const { done: end, value } = await reader.read();
    if (end) break;
    parts.push(value);
    done += value.length;
    if (total > 1e6) self.postMessage({ stage: 'download', done, total });
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
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
