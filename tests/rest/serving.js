// A process that serves a database until it is killed, and says where.
import { serve } from '../../js/server.js';

const { url } = await serve({ uri: process.argv[2], port: 0 });
console.log(url);
