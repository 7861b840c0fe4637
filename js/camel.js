// Names in camel case beside those of pymilvus: createCollection for create_collection.

/**
 * @template {string} Name
 * @typedef {Name extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : Name} Camel
 */

/**
 * The members of a type, under their names in camel case.
 *
 * @template T
 * @typedef {{ [Name in keyof T as Name extends `_${string}` | 'prototype' ? never : Name extends string ? Camel<Name> : never]: T[Name] }} CamelCased
 */

/** @param {string} name */
const camel = (name) => name.replace(/(?<=.)_(\w)/g, (_, letter) => letter.toUpperCase());

/**
 * Gives an object's methods, inherited ones too, their names in camel case. They call the method by its own name, so
 * that they do what a subclass makes of it.
 *
 * @param {any} object
 * @param {any} end  where inheritance ends
 */
function addNames(object, end) {
  for (let from = object; from && from !== end; from = Object.getPrototypeOf(from)) {
    for (const name of Object.getOwnPropertyNames(from)) {
      const other = camel(name);
      if (name.startsWith('_') || other in object || typeof from[name] !== 'function') continue;
      Object.defineProperty(object, other, {
        /** @this {any} @param {any[]} args */
        value(...args) {
          return this[name](...args);
        },
        writable: true,
        configurable: true,
      });
    }
  }
}

/**
 * The class with every method, static ones too, also under its name in camel case.
 *
 * @template {new (...args: any[]) => object} Base
 * @param {Base} base
 * @returns {Base & (new (...args: any[]) => CamelCased<InstanceType<Base>>) & CamelCased<Base>}
 */
export function camelCased(base) {
  class WithCamelCase extends base {}
  addNames(WithCamelCase.prototype, Object.prototype);
  addNames(WithCamelCase, Function.prototype);
  return /** @type {any} */ (WithCamelCase);
}
