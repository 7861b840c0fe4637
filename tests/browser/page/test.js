// What the suites use of node:test: they are collected, and run one after another.

/** @type {{ name: string, work: (t: object) => unknown, hooks: (() => unknown)[], skip?: string | boolean }[]} */
let tests = [];
let names = [];
let hooks = [];

export function describe(name, work) {
  names.push(name);
  const outer = hooks;
  hooks = [...outer];
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
  hooks.push(() => (done ??= work()));
}

/**
 * Runs what a function collects.
 *
 * @param {() => unknown} collect
 * @param {RegExp} [only]
 * @returns {Promise<{ name: string, milliseconds: number, error?: string, skipped?: string }[]>}
 */
export async function run(collect, only = /./) {
  tests = [];
  await collect();
  const results = [];
  for (const { name, work, hooks: first, skip } of tests) {
    if (!only.test(name)) continue;
    if (skip) {
      results.push({ name, milliseconds: 0, skipped: String(skip) });
      continue;
    }
    const start = performance.now();
    const ends = [];
    const result = { name };
    const t = {
      after: (end) => ends.push(end),
      diagnostic() {},
      skip: (why = 'skipped') => (result.skipped = why),
    };
    try {
      for (const hook of first) await hook();
      await work(t);
    } catch (error) {
      result.error = String(error?.stack ?? error).includes(error?.message) ? String(error.stack) : `${error?.message}\n${error?.stack}`;
    }
    for (const end of ends.reverse()) await end();
    results.push({ ...result, milliseconds: Math.round(performance.now() - start) });
  }
  return results;
}
