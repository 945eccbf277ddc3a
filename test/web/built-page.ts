import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const script = join(import.meta.dirname, '../../scripts/build-web.mjs');

/** Makes sure that the built page is that of the sources; costs nothing when it is. */
export async function buildPage(): Promise<void> {
  await promisify(execFile)(process.execPath, [script, '--strict']);
}
