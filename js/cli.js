#!/usr/bin/env node
// The command line: finds the command, and turns what happens into output and an exit code.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { COMMANDS, helpOf, overview } from './cli_commands.js';
import { complain, Progress } from './cli_terminal.js';
import { UsageError } from './cli_usage.js';

const ExitCode = Object.freeze({ DONE: 0, FAILED: 1, USAGE: 2, LOCKED: 3, INTERRUPTED: 130 });

/** Of all commands. */
const COMMON = /** @type {const} */ ({
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean' },
  quiet: { type: 'boolean', short: 'q' },
  db: { type: 'string' },
});

/**
 * @param {string[]} args
 * @returns {Promise<number>}  the exit code
 */
async function main(args) {
  const [first, ...rest] = args;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    const name = rest[0];
    console.log(name && name in COMMANDS ? helpOf(name) : overview());
    return first === undefined ? ExitCode.USAGE : ExitCode.DONE;
  }
  if (first === '--version' || first === '-v') {
    const file = new URL('../package.json', import.meta.url);
    console.log(JSON.parse(readFileSync(file, 'utf8')).version);
    return ExitCode.DONE;
  }
  if (!Object.hasOwn(COMMANDS, first)) {
    complain(`there is no command '${first}'; --help lists them`);
    return ExitCode.USAGE;
  }
  const command = COMMANDS[first];
  const { values, positionals } = parse(command, rest);
  if (values.help) {
    console.log(helpOf(first));
    return ExitCode.DONE;
  }
  const { least, most } = command.positionals;
  if (positionals.length < least || positionals.length > most) {
    throw new UsageError(`usage: milvus-lite-wasm ${first} ${command.usage}`);
  }
  const interrupt = new AbortController();
  const onSignal = () => {
    if (interrupt.signal.aborted) process.exit(ExitCode.INTERRUPTED); // what is answered is written
    interrupt.abort(new Interrupted());
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const progress = new Progress({ quiet: Boolean(values.quiet) });
  try {
    const { run } = await command.load();
    const { signal } = interrupt;
    return (await run({ values, positionals, signal, progress })) ?? ExitCode.DONE;
  } finally {
    progress.end();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

class Interrupted extends Error {
  constructor() {
    super('interrupted');
  }
}

/**
 * @param {import('./cli_commands.js').Command} command
 * @param {string[]} args
 */
function parse(command, args) {
  try {
    return parseArgs({ args, options: { ...COMMON, ...command.options }, allowPositionals: true });
  } catch (error) {
    throw new UsageError(/** @type {Error} */ (error).message);
  }
}

/**
 * @param {any} error
 * @param {boolean} asJson
 */
function report(error, asJson) {
  if (error instanceof UsageError) {
    complain(error.message);
    return ExitCode.USAGE;
  }
  if (error instanceof Interrupted || error?.cause instanceof Interrupted) {
    complain('interrupted');
    return ExitCode.INTERRUPTED;
  }
  if (asJson) {
    const { code, message, detail } = error;
    console.error(JSON.stringify({ error: { code, message, detail } }));
  } else {
    complain(error?.message ?? String(error));
  }
  return /database is locked/.test(error?.message) ? ExitCode.LOCKED : ExitCode.FAILED;
}

// whoever reads us has enough: `dump x.db | head`
process.stdout.on('error', (error) => {
  process.exit(/** @type {any} */ (error).code === 'EPIPE' ? ExitCode.DONE : ExitCode.FAILED);
});

const args = process.argv.slice(2);
try {
  process.exitCode = await main(args);
} catch (error) {
  process.exitCode = report(error, args.includes('--json'));
}
