// serve: a database on a port.

import { existsSync } from 'node:fs';
import { integer, list } from './cli_usage.js';
import { findPackages, grpc } from './grpc.js';
import { serve } from './server.js';

/** @param {import('./cli_commands.js').Context} context */
export async function run({ values, positionals: [file], signal }) {
  const { create, host, token, cors } = values;
  const readOnly = Boolean(values['read-only']);
  if (file !== ':memory:' && !create && !existsSync(file)) {
    throw new Error(`'${file}' does not exist; --create makes it`);
  }
  const packages = findPackages();
  const origins = cors === '*' ? true : list(cors);
  const server = await serve({
    uri: file,
    ...(host !== undefined && { host }),
    port: integer('port', values.port, { most: 65535 }),
    token: token ?? process.env.MILVUS_TOKEN,
    cors: origins,
    read_only: readOnly,
    ...(packages && { http2: grpc({ packages }) }),
  });
  const protocols = packages ? ['gRPC', 'REST'] : ['REST'];
  if (values.json) console.log(JSON.stringify({ url: server.url, protocols }));
  else {
    console.log(`${file} at ${server.url} (${protocols.join(' and ')})`);
    if (!packages && !values.quiet) {
      console.error('for gRPC, which pymilvus speaks: npm install @zilliz/milvus2-sdk-node');
    }
  }
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await server.close();
}
