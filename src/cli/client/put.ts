import { createReadStream } from 'node:fs';
import { glob, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { RemoteConnection } from '#client/index.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import { parentOf, type VirtualPath } from '#core/virtual-path.ts';
import { UsageError } from '../exit-codes.ts';
import { clientCommand, type ClientWork } from './client-command.ts';
import { isDirectory } from './is-directory.ts';
import { failedTask, runTransfers, type TransferTask } from './transfer/run-transfers.ts';
import { transferChoices, transferFlags } from './transfer/transfer-flags.ts';

/** Sends files. */
export const command = clientCommand({
  name: 'put',
  usage: 'LOCAL... URL',
  about:
    'Sends files to a server. Where URL is a directory the files keep their names in it; - is standard input.\n' +
    'Each file appears under its name when it is whole. Whole directories are sent by "wherry mirror".',
  words: [2, Number.POSITIVE_INFINITY],
  flags: transferFlags,
  examples: [
    ['wherry put report.pdf ftp://me@example.org/in/', 'into a directory'],
    ['wherry put report.pdf sftp://me@example.org/in/november.pdf', 'under another name'],
    ['tar cz src | wherry put - ftps://me@example.org/backup/src.tar.gz', 'what a program writes'],
    ['wherry put router.cfg tftp://192.0.2.1/startup-config', 'give a device its configuration'],
  ],
  choose: transferChoices,
  async run(work, words, choices) {
    const sources = words.slice(0, -1);
    const target = words.at(-1) ?? '';
    if (sources.includes('-') && choices.copy.resume === true) {
      throw new UsageError('standard input cannot be continued: what was sent before is gone');
    }
    return runTransfers(work, findTasks(work, sources, { target, segments: choices.segments }), choices.copy);
  },
});

async function* findTasks(
  work: ClientWork,
  words: readonly string[],
  { target, segments }: { readonly target: string; readonly segments: number },
): AsyncGenerator<TransferTask> {
  const place = await work.open(target, { connections: segments });
  const sources = await filesOf(words);
  const inside = await goesInside(place, target, { several: sources.length > 1, signal: work.signal });
  const directory = inside ? place.directory : parentOf(place.directory);
  for (const source of sources) {
    if (source === '-') {
      if (inside) throw new UsageError('what comes from standard input has no name: give one in the address');
      yield {
        path: place.directory,
        total: null,
        move: (options) => place.upload(process.stdin, '.', options),
      };
      continue;
    }
    const remote = inside ? basename(source) : '.';
    try {
      const total = await sizeOfLocalFile(source);
      yield {
        path: source,
        total,
        // A device or a pipe gives its octets once, as standard input does.
        move: (options) =>
          place
            .upload(total === null ? createReadStream(source) : source, remote, options)
            .catch(async (thrown: unknown) => {
              throw await missingDirectory(thrown, { place, directory, signal: work.signal });
            }),
      };
    } catch (thrown) {
      yield failedTask(source, thrown);
    }
  }
}

/** Where an upload failed because its directory is missing, an error that says so; else what was thrown. */
async function missingDirectory(
  thrown: unknown,
  {
    place,
    directory,
    signal,
  }: { readonly place: RemoteConnection; readonly directory: VirtualPath; readonly signal: AbortSignal },
): Promise<unknown> {
  if (!isNotFound(thrown)) return thrown;
  try {
    await place.stat(directory, { signal });
    return thrown;
  } catch (error) {
    if (!isNotFound(error)) return thrown;
    const message = `there is no directory ${directory} on the server; "wherry mkdir -p" makes it`;
    return new WherryError('not-found', message, { path: directory, cause: thrown });
  }
}

function isNotFound(thrown: unknown): boolean {
  return thrown instanceof WherryError && thrown.code === 'not-found';
}

async function goesInside(
  place: RemoteConnection,
  target: string,
  { several, signal }: { readonly several: boolean; readonly signal: AbortSignal },
): Promise<boolean> {
  if (target.endsWith('/') || place.directory === place.home || place.directory === '/') return true;
  const inside = await isDirectory(place, '.', signal);
  if (several && !inside) {
    throw new UsageError(
      `"${place.directory}" is no directory on the server, and several files cannot have one name`,
    );
  }
  return inside;
}

/** The shell has worked out wildcards as a rule; where nothing fitted it left them, and so did quotes. */
async function filesOf(words: readonly string[]): Promise<readonly string[]> {
  const files: string[] = [];
  for (const word of words) {
    if (word === '-' || !/[*?[]/u.test(word) || (await exists(word))) {
      files.push(word);
      continue;
    }
    const found: string[] = [];
    for await (const name of glob(word)) found.push(name);
    if (found.length === 0) throw new WherryError('not-found', `Nothing fits "${word}"`, { path: word });
    files.push(...found.toSorted());
  }
  return files;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

/** Octets of a file; null of what tells no size, as a device or a pipe. */
async function sizeOfLocalFile(path: string): Promise<number | null> {
  const stats = await stat(path).catch((error: unknown) => {
    throw toWherryError(error, `read ${path}`);
  });
  if (stats.isDirectory()) {
    throw new WherryError('is-directory', `${path} is a directory; "wherry mirror" sends it whole`, { path });
  }
  return stats.isFile() ? stats.size : null;
}
