// Which commands there are, and what --help says of each.

/** @typedef {import('node:util').ParseArgsConfig['options']} Options */

/**
 * @typedef {object} Context
 * @property {Record<string, any>} values     options by name
 * @property {string[]} positionals
 * @property {AbortSignal} signal             aborted by Ctrl-C: stop where everything is whole
 * @property {import('./cli_terminal.js').Progress} progress
 */

/** @typedef {{ run: (context: Context) => Promise<number | void> }} Runner  an exit code, 0 when left out */

/**
 * @typedef {object} Command
 * @property {string} summary
 * @property {string} usage
 * @property {{ least: number, most: number }} positionals
 * @property {Record<string, { type: 'string' | 'boolean', short?: string, multiple?: boolean }>} options
 * @property {string} help
 * @property {() => Promise<Runner>} load
 */

const text = /** @type {const} */ ({ type: 'string' });
const flag = /** @type {const} */ ({ type: 'boolean' });

/** @type {Record<string, Command>} */
export const COMMANDS = {
  info: {
    summary: 'collections, rows, indexes and sizes of a database',
    usage: '<file.db> [collection]',
    positionals: { least: 1, most: 2 },
    options: {},
    help: 'With a collection also its fields.',
    load: () => import('./cli_info.js'),
  },
  query: {
    summary: 'the entities that a filter is true of',
    usage: '<file.db> <collection> [filter] [options]',
    positionals: { least: 2, most: 3 },
    options: { fields: text, limit: text, offset: text, order: text, 'group-by': text, params: text },
    help: `  --fields a,b        output fields, everything when left out; 'count(*)' counts, 'avg(price)', sum, min and max
  --group-by a,b      a line for each group of entities that are equal in these fields
  --limit n           100 when left out, all groups
  --offset n
  --order a:desc,b    by these fields, and not by the keys
  --params json       values for {names} in the filter`,
    load: async () => ({ run: (await import('./cli_query.js')).query }),
  },
  search: {
    summary: 'the entities nearest to a vector',
    usage: '<file.db> <collection> (--vector json | --id key | --text words) [options]',
    positionals: { least: 2, most: 2 },
    options: {
      vector: text,
      id: text,
      text,
      field: text,
      filter: text,
      params: text,
      fields: text,
      limit: text,
      metric: text,
      ef: text,
    },
    help: `  --vector json       [0.1, 0.2, ...], @file.json, or - for standard input
  --id key            the vector of an entity that is there
  --text words        for a full-text search
  --field name        the vector field, when there are several
  --filter text       which entities may be found; --params json: values for {names} in it
  --fields a,b        output fields
  --limit n           10 when left out
  --metric name       COSINE, IP, L2, ... when there is no index
  --ef n              candidates that a graph keeps`,
    load: async () => ({ run: (await import('./cli_query.js')).search }),
  },
  dump: {
    summary: 'collections as JSON lines',
    usage: '<file.db> [collection ...] [options]',
    positionals: { least: 1, most: Infinity },
    options: { output: { type: 'string', short: 'o' }, gzip: flag, filter: text },
    help: `  -o, --output file   instead of standard output; compressed when it ends in .gz
  --gzip              compress
  --filter text       only entities that it is true of

Each collection is a line { "$collection": { ... } } with its schema, indexes and aliases, then a line for each entity;
{ "$partition": name } stands before those of a partition where there are several.`,
    load: () => import('./cli_dump.js'),
  },
  load: {
    summary: 'entities, and collections, from JSON lines',
    usage: '<file.db> [file | -] [options]',
    positionals: { least: 1, most: 2 },
    options: { collection: text, batch: text },
    help: `  --collection name   where lines go that no line { "$collection": ... } stands before; with one,
                      the name that the collection gets
  --batch n           entities a transaction, 1000 when left out

Reads what dump writes, compressed or not, or any file of one JSON object a line. The database and the
collections in the dump are made where they are missing. An entity whose key exists replaces it, so that an
interrupted load can be run again.`,
    load: () => import('./cli_load.js'),
  },
  backup: {
    summary: 'a consistent copy of a database',
    usage: '<file.db> <copy.db> [--force]',
    positionals: { least: 2, most: 2 },
    options: { force: flag },
    help: '  --force             replace a copy that is there',
    load: async () => ({ run: (await import('./cli_files.js')).backup }),
  },
  verify: {
    summary: 'whether a database is whole: the file, vectors, keys, indexes',
    usage: '<file.db>',
    positionals: { least: 1, most: 1 },
    options: {},
    help: 'Exits with 1 when something is damaged, and says what.',
    load: async () => ({ run: (await import('./cli_files.js')).verify }),
  },
  compact: {
    summary: 'gives space that deleted entities have left back to the disk',
    usage: '<file.db>',
    positionals: { least: 1, most: 1 },
    options: {},
    help: '',
    load: async () => ({ run: (await import('./cli_files.js')).compact }),
  },
  serve: {
    summary: 'a database as a Milvus server: REST, and gRPC for pymilvus',
    usage: '<file.db | :memory:> [options]',
    positionals: { least: 1, most: 1 },
    options: { create: flag, host: text, port: text, token: text, cors: text, 'read-only': flag },
    help: `  --create            makes the database where it is missing
  --host name         127.0.0.1 when left out: this machine only
  --port n            19530 when left out; 0: any that is free
  --token text        what clients must say, such as root:Milvus; the environment's MILVUS_TOKEN when left out
  --cors origins      pages of which origins may ask: 'https://a.example,...' or '*'
  --read-only         refuses changes

Ends with Ctrl-C. gRPC needs one package more: npm install @zilliz/milvus2-sdk-node`,
    load: () => import('./cli_serve.js'),
  },
  migrate: {
    summary: 'everything from a file to a Milvus server, or from a server into a file',
    usage: '<file.db | http://...> <http://... | file.db> [options]',
    positionals: { least: 2, most: 2 },
    options: { token: text, 'from-token': text, batch: text, notes: text },
    help: `  --token text        for the server that gets it, such as root:Milvus; the environment's MILVUS_TOKEN when left out
  --from-token text   for the server that it comes from
  --batch n           entities a request, 500 when left out
  --notes file        where is noted what has been done; <file.db>.migration when left out

Databases, collections with their schemas, indexes, partitions and aliases, and all entities. Afterwards entities are
counted and some compared; exits with 1 when they differ. An interrupted migration goes on when it is run again.`,
    load: () => import('./cli_migrate.js'),
  },
};

/** The first lines of --help. */
export function overview() {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(
    ([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`,
  );
  return `usage: milvus-lite-wasm <command> [options]

${lines.join('\n')}

  milvus-lite-wasm <command> --help tells more of a command.
  --json prints one JSON value, --quiet no progress.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the database is open elsewhere; 130 interrupted.`;
}

/** @param {string} name */
export function helpOf(name) {
  const { summary, usage, help } = COMMANDS[name];
  const more = help === '' ? '' : `\n${help}\n`;
  return `usage: milvus-lite-wasm ${name} ${usage}\n\n${summary[0].toUpperCase()}${summary.slice(1)}.
${more}
  --db name           the database in the file, 'default' when left out
  --json              one JSON value
  -q, --quiet         no progress`;
}
