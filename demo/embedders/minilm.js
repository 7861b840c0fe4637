// A real sentence embedder: all-MiniLM-L6-v2, run by onnxruntime-web in a worker of this page.

const LOCAL = new URL('../models/all-MiniLM-L6-v2/', import.meta.url).href;
const USUAL = 'https://huggingface.co/Xenova/all-MiniLM-L6-v2/resolve/main/';

const SOURCES = {
  local: { model: `${LOCAL}model.onnx`, vocabulary: `${LOCAL}vocab.txt`, optimised: true },
  huggingface: { model: `${USUAL}onnx/model_quantized.onnx`, vocabulary: `${USUAL}vocab.txt`, optimised: false },
};

/** @type {Worker | undefined} */
let worker;
let loading;
let lastId = 0;
const waiting = new Map();
let onProgress = () => {};

export const minilm = {
  name: 'minilm',
  label: 'all-MiniLM-L6-v2: meaning',
  short: 'all-MiniLM-L6-v2',
  bytes: 38e6,
  dim: 384,
  note: 'A sentence transformer that runs in this page: 23 MB of model and 14 MB of runtime, loaded once.',
  batch: 32,
  ready: false,

  /** Whether the model is served beside the page. */
  async isLocal() {
    const response = await fetch(SOURCES.local.vocabulary, { method: 'HEAD' }).catch(() => undefined);
    return response?.ok ?? false;
  },

  /**
   * @param {{ source?: 'local' | 'huggingface',
   *   on_progress?: (p: { stage: 'download' | 'start', done?: number, total?: number }) => void }} [p]
   */
  async load({ source = 'local', on_progress } = {}) {
    if (on_progress) onProgress = on_progress;
    loading ??= start(SOURCES[source]).catch((error) => {
      worker?.terminate();
      worker = loading = undefined;
      if (source === 'local') throw error;
      const flags = '--connect https://huggingface.co --connect https://*.hf.co'; // where it keeps large files
      throw new Error(`${error.message}. Was the demo started with DEMO_FLAGS='${flags}'?`, { cause: error });
    });
    await loading;
    minilm.ready = true;
  },

  async embed(texts) {
    if (!minilm.ready) await minilm.load();
    return (await ask({ texts })).vectors;
  },
};

async function start(files) {
  worker = new Worker(new URL('./minilm_worker.js', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => {
    if (data.stage) return onProgress(data);
    const { resolve, reject } = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.error) reject(new Error(data.error));
    else resolve(data);
  };
  worker.onerror = (event) => {
    for (const { reject } of waiting.values()) reject(new Error(event.message || 'the worker did not start'));
    waiting.clear();
  };
  await ask({ load: { ...files, runtime: new URL('../ort/', import.meta.url).href } });
}

function ask(message) {
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, ...message });
  });
}
