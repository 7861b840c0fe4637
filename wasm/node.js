// The one way to Node's own modules, so that everything else loads in a browser and in any bundler.

/** Whether this is Node, or something that offers Node's modules. */
export const isNode = typeof globalThis.process?.versions?.node === 'string';

/**
 * @typedef {{
 *   'node:child_process': typeof import('node:child_process'),
 *   'node:fs': typeof import('node:fs'),
 *   'node:net': typeof import('node:net'),
 *   'node:path': typeof import('node:path'),
 *   'node:url': typeof import('node:url'),
 *   'node:worker_threads': typeof import('node:worker_threads'),
 * }} Builtins
 */

/**
 * @template {keyof Builtins} Name
 * @param {Name} name
 * @returns {Promise<Builtins[Name]>}
 */
export async function builtin(name) {
  // A variable and these marks keep bundlers from looking for the module.
  return import(/* webpackIgnore: true */ /* @vite-ignore */ name);
}
