// What every method of the client stands on: one call is one request and one reply.

import { clientOptions } from './options.js';
import { named } from './parameters.js';

export class ClientCalls {
  /** @protected */
  _engine;
  /** @protected  the database that names in calls are of; '': the default one */
  _database;

  /**
   * Nothing is opened before the first call, which is also the one that reports what is wrong with
   * the address.
   *
   * @param {string | URL | import('./options.js').ClientOptions} [options]  or the uri alone
   * @throws {ParamError} an option is none of its possible values
   */
  constructor(options) {
    const { engine, database } = clientOptions(options);
    this._engine = engine;
    this._database = database;
  }

  /**
   * @protected
   * @param {Parameters<typeof named>[0]} operation
   * @param {any[]} args  in either form of a call
   * @returns {Promise<any>}
   */
  async _call(operation, args) {
    return this._send(operation, named(operation, args));
  }

  /**
   * @protected
   * @param {string} operation
   * @param {Record<string, any>} params
   * @returns {Promise<any>}
   */
  async _send(operation, params) {
    const named = this._database && params.db_name == null ? { ...params, db_name: this._database } : params;
    return this._engine.request(operation, named);
  }
}
