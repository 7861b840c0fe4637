// The package as a single file: node wasm/build/single.mjs <module.wasm> <file.js>
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const [wasm, outfile] = process.argv.slice(2);
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const { name, version, license } = JSON.parse(readFileSync(here('../../package.json'), 'utf8'));

const common = { bundle: true, format: 'esm', minify: true, target: 'es2022', charset: 'utf8', logLevel: 'warning' };

const worker = await build({ ...common, entryPoints: [here('../../js/worker.js')], write: false });

const texts = {
  'text:wasm': gzipSync(readFileSync(wasm), { level: 9 }).toString('base64'),
  'text:worker': worker.outputFiles[0].text,
};

/** Puts what is inside in place of what is elsewhere. */
const inside = {
  name: 'inside',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/assets\.js$/ }, () => ({ path: here('single_assets.mjs') }));
    onResolve({ filter: /^text:/ }, ({ path }) => ({ path, namespace: 'text' }));
    onLoad({ filter: /.*/, namespace: 'text' }, ({ path }) => ({ contents: texts[path], loader: 'text' }));
  },
};

await build({
  ...common,
  entryPoints: [here('single_entry.mjs')],
  outfile,
  plugins: [inside],
  banner: { js: `/*! ${name} ${version}, ${license}; SQLite, public domain */` },
});
