// What a crash leaves of a database in a file of Node.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Takes the files as they are now, while a client has them open. What it returns puts them back once it is closed.
 *
 * @param {string} path
 * @returns {() => void}
 */
export function restart(path) {
  const files = [path, `${path}-wal`].map((file) => ({ file, bytes: existsSync(file) ? readFileSync(file) : undefined }));
  return () => {
    for (const { file, bytes } of files) {
      if (bytes) writeFileSync(file, bytes);
      else rmSync(file, { force: true });
    }
  };
}
