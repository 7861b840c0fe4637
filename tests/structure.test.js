// The rules of src/README.md that a reader would otherwise have to trust: who may include and import whom,
// what the module imports and exports, where state may live, which file tests which.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** What each folder of src/ may include of the others; its own files are always allowed. */
const LAYERS = {
  base: [],
  schema: ['base'],
  kernel: ['base'],
  text: ['base'],
  table: ['base', 'schema', 'kernel'],
  storage: ['base', 'schema'],
  index: ['base', 'kernel', 'table'],
  filter: ['base', 'schema', 'text', 'table'],
  engine: ['base', 'schema', 'kernel', 'text', 'table', 'storage', 'index', 'filter'],
  api: ['base', 'schema', 'engine'],
};
/** The same for wasm/*.c and wasm/*.h, beside each other. */
const WASM_LAYER = ['base', 'api'];

const SYSTEM_HEADERS = new Set(
  'assert ctype errno float inttypes limits math stdarg stdbool stddef stdint stdio stdlib string'
    .split(' ')
    .map((name) => `${name}.h`),
);
const SPECIAL_HEADERS = {
  'sqlite3.h': /^(src\/storage\/|wasm\/vfs\.[ch]$)/,
  'wasm_simd128.h': /^src\/kernel\/simd\.h$/,
};

/** Objects that may change while the program runs, by the file they live in. Everything else is const. */
const MUTABLE = { 'wasm/vfs.c': /^vfs$/, 'src/base/mem.c': /^faults$/ };

const PLATFORM = 'open close read write truncate sync size unlink exists now random'.split(' ');
const DOOR = 'abi describe alloc free new call reply reply_bytes delete'.split(' ').map((name) => `mvl_${name}`);

const LONGEST_FILE = 600;
const TOP = /^(src|wasm|js|tests|demo|build|dist|node_modules|Makefile|package(-lock)?\.json|tsconfig\.json|README\.md|LICENSE|\..*|.*\.tgz)$/;

const filesIn = (folder) =>
  !existsSync(folder)
    ? []
    : readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
const text = (path) => readFileSync(path, 'utf8');
const C = [...filesIn('src'), ...filesIn('wasm')].filter((path) => /\.(c|h|def)$/.test(path));
const JS = [...filesIn('js'), ...filesIn('wasm')].filter((path) => path.endsWith('.js'));

/** Lists what breaks a rule, so that a failure names every place at once. */
const assertNone = (broken) => assert.deepEqual(broken, []);

describe('C sources', () => {
  const includes = C.flatMap((path) =>
    [...text(path).matchAll(/^\s*#\s*include\s*([<"])([^>"]+)[>"]/gm)].map(([, mark, name]) => ({ path, mark, name })),
  );

  it('stand in a known layer', () => {
    assertNone(readdirSync('src').filter((name) => name !== 'README.md' && !(name in LAYERS)));
  });

  it('include only what lies below them', () => {
    const allowed = ({ path, name }) => {
      const [top, own] = path.split('/');
      const folder = dirname(name);
      if (top === 'wasm') return folder === '.' ? existsSync(join('wasm', name)) : WASM_LAYER.includes(folder);
      return folder === own || LAYERS[own].includes(folder);
    };
    const quoted = includes.filter(({ mark, name }) => mark === '"' && !(name in SPECIAL_HEADERS));
    assertNone(quoted.filter((include) => !allowed(include)));
  });

  it('include of the system only standard C, sqlite3.h in storage and the VFS, SIMD in one header', () => {
    const allowed = ({ path, name }) =>
      name in SPECIAL_HEADERS ? SPECIAL_HEADERS[name].test(path) : SYSTEM_HEADERS.has(name);
    assertNone(includes.filter(({ mark, name }) => mark === '<' || name in SPECIAL_HEADERS).filter((i) => !allowed(i)));
  });

  it('have names that are unique in the tree', () => {
    const seen = new Map();
    for (const path of [...C, ...JS]) seen.set(basename(path), [...(seen.get(basename(path)) ?? []), path]);
    assertNone([...seen.values()].filter((paths) => paths.length > 1));
  });

  it('have one unit test each', () => {
    const tests = new Set(filesIn('tests/unit').map((path) => basename(path)));
    const missing = C.filter((path) => /^src\/.*\.c$/.test(path)).map((path) => `${basename(path, '.c')}_test.c`);
    assertNone(missing.filter((name) => !tests.has(name)));
  });

  it('define mvl_ functions only in wasm/exports.c', () => {
    const others = C.filter((path) => path !== 'wasm/exports.c');
    assertNone(others.filter((path) => /\bmvl_[a-z_]+\s*\(/.test(text(path))));
  });

  it('allocate only through base/mem', () => {
    const others = C.filter((path) => !/^src\/base\/mem\.[ch]$/.test(path));
    assertNone(others.filter((path) => /(?<![\w.>])(malloc|calloc|realloc|free|strdup)\(/.test(text(path))));
  });

  it('keep no state outside the objects they are given', (t) => {
    const objects = filesIn('build/native').filter((path) => /^build\/native\/(src|wasm)\/.*\.o$/.test(path));
    const current = objects.filter((path) => existsSync(path.replace('build/native/', '').replace(/o$/, 'c')));
    if (process.platform !== 'linux' || current.length === 0) return t.skip('needs the native objects');
    // a line of an object file's table: address, flags, section, size, name
    const writable = /\bO (?!\.data\.rel\.ro)\.(?:data|bss)\S*\s+\S+\s+(?!__odr_asan)(\S+)$/gm;
    const state = current.flatMap((path) => {
      const source = path.replace('build/native/', '').replace(/o$/, 'c');
      return [...execFileSync('objdump', ['-t', path], { encoding: 'utf8' }).matchAll(writable)]
        .map(([, name]) => name)
        .filter((name) => !MUTABLE[source]?.test(name))
        .map((name) => `${source}: ${name}`);
    });
    assertNone(state);
  });
});

describe('the WebAssembly module', () => {
  const module = new WebAssembly.Module(readFileSync('build/milvus_lite.wasm'));

  it('imports its memory and the platform functions, nothing else', () => {
    const imports = WebAssembly.Module.imports(module).map((i) => `${i.module}.${i.name}`);
    assert.deepEqual(imports.sort(), ['env.memory', ...PLATFORM.map((name) => `platform.${name}`)].sort());
  });

  it('exports the one door', () => {
    const exports = WebAssembly.Module.exports(module).map((e) => e.name);
    assert.deepEqual(exports.filter((name) => name.startsWith('mvl_')).sort(), [...DOOR].sort());
    // what the linker adds for itself
    const added = /^(mvl_.*|_initialize|__indirect_function_table|__errno_location|_?_?(emscripten_)?stack.*)$/i;
    assertNone(exports.filter((name) => !added.test(name)));
  });
});

describe('JavaScript sources', () => {
  const imports = JS.flatMap((path) =>
    [...text(path).matchAll(/^(?:import|export)\b(?:[^;'"]*\bfrom)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)(?!\.)/gm)]
      .filter(([line]) => !/^\s*\*/.test(line))
      .map(([, name, dynamic]) => ({ path, name: name ?? dynamic })),
  );

  it('import nothing above them, and no package', () => {
    const allowed = { js: /^(\.|\.\.\/wasm)\/\w+\.js$|^node:/, wasm: /^\.\/\w+\.js$|^node:/ };
    assertNone(imports.filter(({ path, name }) => !allowed[path.split('/')[0]].test(name)));
  });

  it('name modules of Node only where it is their place', () => {
    const elsewhere = JS.filter((path) => !/^(wasm\/(\w+_)?node\.js|js\/module\.js|js\/server\w*\.js|js\/(cli|grpc)(_\w+)?\.js)$/.test(path));
    assertNone(elsewhere.filter((path) => /['"]node:\w+['"]/.test(text(path))));
  });

  it('say in line 1 that they are generated, and how', () => {
    assert.match(text('js/constants.js').split('\n', 1)[0], /generated.*node wasm\/\w+\.mjs|node wasm\/\w+\.mjs.*generated/i);
  });
});

describe('the project', () => {
  it('has no file past what can be read in one go', () => {
    const sources = ['src', 'wasm', 'js', 'tests', 'demo'].flatMap(filesIn).filter((p) => /\.(c|h|def|m?js)$/.test(p));
    const lines = (path) => text(path).split('\n').length - 1;
    assertNone(sources.filter((path) => lines(path) > LONGEST_FILE).map((path) => `${path}: ${lines(path)} lines`));
  });

  it('keeps its top level as it is', () => {
    assertNone(readdirSync('.').filter((name) => !TOP.test(name)));
  });
});
