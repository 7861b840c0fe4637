// Methods that a Milvus server has and the embedded engine does not. Each is asked of whatever the client is connected
// to, and refused there by name: an embedded database has no users, and no cluster.

import { SERVER_METHODS } from './parameters.js';

/** @typedef {{ [Method in keyof typeof SERVER_METHODS]: (...args: any[]) => Promise<any> }} ServerMethods */

/**
 * The class with these methods, as far as it does not have them itself.
 *
 * @template {new (...args: any[]) => import('./client_calls.js').ClientCalls} Base
 * @param {Base} base
 * @returns {Base & (new (...args: any[]) => Omit<ServerMethods, keyof InstanceType<Base>>)}
 */
export function withServerMethods(base) {
  const methods = /** @type {(keyof typeof SERVER_METHODS)[]} */ (Object.keys(SERVER_METHODS));
  class WithServerMethods extends base {}
  for (const method of methods) {
    if (method in base.prototype) continue;
    Object.defineProperty(WithServerMethods.prototype, method, {
      /** @this {any} @param {any[]} args */
      value(...args) {
        return this._call(method, args);
      },
      writable: true,
      configurable: true,
    });
  }
  return /** @type {any} */ (WithServerMethods);
}
