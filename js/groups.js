// Queries that tell of groups of rows: { category, count(*), avg(price) }.

const FUNCTION = /^\s*(count|sum|avg|min|max)\s*\((.*)\)\s*$/is;

/**
 * What an output field such as 'sum(price)' tells, and of what; undefined for a field.
 *
 * @param {any} name
 * @returns {{ fold: string, of: string } | undefined}
 */
export function functionOf(name) {
  const [, fold, of] = FUNCTION.exec(String(name)) ?? [];
  return fold === undefined ? undefined : { fold: fold.toLowerCase(), of: of.trim() };
}

/**
 * Whether a query is answered by groups, all rows being one where no fields are named. It needs no limit.
 *
 * @param {{ output_fields?: any, group_by_fields?: any }} query
 */
export function tellsOfGroups({ output_fields, group_by_fields }) {
  const names = Array.isArray(output_fields) ? output_fields : [output_fields];
  return (group_by_fields?.length ?? 0) > 0 || names.some((name) => functionOf(name) !== undefined);
}
