// What the suites use of node:test: they are collected, and run one after another.

/** @typedef {{ first: (() => unknown)[], last: (() => unknown)[] }} Hooks  around a test, from the outermost in */

/** @type {{ name: string, work: (t: object) => unknown, hooks: Hooks, skip?: string | boolean }[]} */
let tests = [];
let names = [];
/** @type {Hooks} */
let hooks = { first: [], last: [] };
/** Of all suites, behind the last test. */
let ends = [];

export function describe(name, work) {
  names.push(name);
  const outer = hooks;
  hooks = { first: [...outer.first], last: [...outer.last] };
  work();
  hooks = outer;
  names.pop();
}

export function it(name, ...rest) {
  const { skip } = rest.length > 1 ? rest[0] : {};
  tests.push({ name: [...names, name].join(': '), work: rest.at(-1), hooks, skip });
}

export function before(work) {
  let done;
  hooks.first.push(() => (done ??= Promise.resolve(work())));
}
export const after = (work) => void ends.push(work);
export const beforeEach = (work) => void hooks.first.push(work);
export const afterEach = (work) => void hooks.last.unshift(work);

/**
 * Runs what a function collects.
 *
 * @param {() => unknown} collect
 * @param {RegExp} [only]
 * @returns {Promise<{ name: string, milliseconds: number, error?: string, skipped?: string }[]>}
 */
export async function run(collect, only = /./) {
  [tests, ends] = [[], []];
  await collect();
  const results = [];
  for (const { name, work, hooks, skip } of tests) {
    if (!only.test(name)) continue;
    if (skip) {
      results.push({ name, milliseconds: 0, skipped: String(skip) });
      continue;
    }
    const start = performance.now();
    const cleanup = [];
    const result = { name };
    const t = {
      after: (end) => cleanup.push(end),
      diagnostic() {},
      skip: (why = 'skipped') => (result.skipped = why),
    };
    try {
      for (const hook of hooks.first) await hook();
      await work(t);
    } catch (error) {
      result.error = String(error?.stack ?? error).includes(error?.message) ? String(error.stack) : `${error?.message}\n${error?.stack}`;
    }
    for (const end of [...hooks.last, ...cleanup.reverse()]) await end();
    results.push({ ...result, milliseconds: Math.round(performance.now() - start) });
  }
  for (const end of ends) await end();
  return results;
}
