import { createWriteStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import type { RemoteConnection } from '#client/index.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import { UsageError } from '../exit-codes.ts';
import { clientCommand, type ClientWork } from './client-command.ts';
import { filesThatFit, globOf } from './globs.ts';
import { shownAddress } from './output/shown-address.ts';
import { failedTask, runTransfers, type TransferTask } from './transfer/run-transfers.ts';
import { sizeOfFile } from './transfer/size-of-file.ts';
import { transferChoices, transferFlags, type TransferChoices } from './transfer/transfer-flags.ts';

/** Fetches files. */
export const command = clientCommand({
  name: 'get',
  usage: 'URL...',
  about:
    'Fetches files into the current directory, or to where --output says. Each file grows beside its name and takes it\n' +
    'when it is whole and checked. The last part of an address may hold the wildcards * ? [a-z].\n' +
    'Whole directories are fetched by "wherry mirror".',
  words: [1, Number.POSITIVE_INFINITY],
  flags: [
    {
      name: 'output',
      short: 'o',
      value: 'LOCAL',
      help: 'file or directory to write to; with / at its end one that is made; - is standard output, and a device or pipe is written to',
    },
    ...transferFlags,
  ],
  examples: [
    ['wherry get ftp://ftp.example.org/pub/image.iso', 'into the current directory'],
    ['wherry get -c -n 4 ftps://me@example.org/image.iso', 'go on with a part, over four connections'],
    ["wherry get -o logs/ 'sftp://me@example.org/var/log/*.gz'", 'some files into a directory'],
    ['wherry get -o - tftp://192.0.2.1/running-config', 'to standard output'],
  ],
  choose: (given, read, problems) => ({
    output: given.text('output'),
    ...transferChoices(given, read, problems),
  }),
  async run(work, words, choices) {
    const { output } = choices;
    const kind = output === undefined ? 'none' : await kindOf(output);
    if (kind === 'stream' && (choices.segments > 1 || choices.copy.resume === true)) {
      const what = output === '-' ? 'standard output' : output;
      throw new UsageError(`${what} cannot be continued nor written in parts; give --output a file`);
    }
    return runTransfers(work, findTasks(work, words, choices), choices.copy);
  },
});

type GetChoices = TransferChoices & { readonly output: string | undefined };

async function* findTasks(
  work: ClientWork,
  words: readonly string[],
  { output, segments }: GetChoices,
): AsyncGenerator<TransferTask> {
  const several = words.length > 1 || words.some((word) => globOf(word).pattern !== null);
  const into = await outputFor(output, several);
  for (const word of words) {
    try {
      yield* tasksOf(work, word, { segments, into });
    } catch (thrown) {
      yield failedTask(shownAddress(word), thrown);
    }
  }
}

async function* tasksOf(
  work: ClientWork,
  word: string,
  { segments, into }: { readonly segments: number; readonly into: (name: string) => string | Writable },
): AsyncGenerator<TransferTask> {
  const glob = globOf(word);
  const place = await work.open(glob.address, { connections: segments });
  if (glob.pattern === null) {
    const total = await sizeOfFile(place, work.signal);
    const name = nameIn(place);
    yield { path: shownAddress(word), total, move: (options) => place.download('.', into(name), options) };
    return;
  }
  for (const entry of await filesThatFit(place, glob, work.signal)) {
    yield {
      path: glob.addressOf(entry.name),
      total: entry.size,
      move: (options) => place.download(entry.path, into(entry.name), { ...options, entry }),
    };
  }
}

function nameIn(place: RemoteConnection): string {
  const name = place.directory.split('/').at(-1) ?? '';
  if (name === '') throw new WherryError('is-directory', 'A directory is fetched by "wherry mirror"');
  return name;
}

/** Where a file of a name goes. */
async function outputFor(
  output: string | undefined,
  several: boolean,
): Promise<(name: string) => string | Writable> {
  if (output === undefined) return (name) => name;
  const kind = await kindOf(output);
  if (kind === 'stream') return () => (output === '-' ? process.stdout : createWriteStream(output));
  if (kind === 'directory' || output.endsWith('/')) {
    await mkdir(output, { recursive: true }).catch((error: unknown) => {
      throw toWherryError(error, `make the directory ${output}`, output);
    });
    return (name) => join(output, name);
  }
  if (several) throw new UsageError(`"${output}" is no directory, and several files cannot have one name`);
  const parent = dirname(output);
  if ((await kindOf(parent)) !== 'directory') {
    throw new WherryError('not-found', `Cannot write ${output}: there is no directory ${parent}`, {
      path: output,
    });
  }
  return () => output;
}

/**
 * What is at a path of this machine: a device or a named pipe takes octets as they come, as standard output does, and
 * nothing can grow beside it and take its name.
 */
async function kindOf(path: string): Promise<'none' | 'file' | 'directory' | 'stream'> {
  if (path === '-') return 'stream';
  try {
    const found = await stat(path);
    return found.isDirectory() ? 'directory' : found.isFile() ? 'file' : 'stream';
  } catch {
    return 'none';
  }
}
