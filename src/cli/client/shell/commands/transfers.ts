import { glob, mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { planMirror, type CopyFileOptions } from '#client/index.ts';
import { localPlace } from '#client/connect/local.ts';
import { joinName, nameOf } from '#core/virtual-path.ts';
import { isDirectory } from '../../is-directory.ts';
import { runTransfers, type TransferTask } from '../../transfer/run-transfers.ts';
import { mostSegments } from '../../transfer/transfer-flags.ts';
import type { ShellCall, ShellCommand } from '../shell-command.ts';
import { ShellError } from '../shell-error.ts';
import { allRemoteNames } from './names.ts';

const intoUsage = '[-c] [-n N] NAME... [-o LOCAL] [-O DIRECTORY]';

/** What moves files. */
export const transferCommands: readonly ShellCommand[] = [
  {
    names: ['get', 'mget', 'reget', 'recv', 'pget'],
    usage: intoUsage,
    summary:
      'Fetch files into the local directory or into DIRECTORY, or one to LOCAL; -c goes on with a part, as reget does; -n in N parts at once, as pget does',
    words: [1, Number.POSITIVE_INFINITY],
    valued: 'onO',
    completes: 'remote',
    async run(call) {
      await moveAll(call, fetched(call));
    },
  },
  {
    names: ['put', 'mput', 'reput', 'send'],
    usage: '[-c] [-n N] LOCAL... [-o NAME] [-O DIRECTORY]',
    summary:
      'Send files into the directory on the server or into DIRECTORY there, or one under NAME; -c goes on with a part, as reput does; -n in N parts at once',
    words: [1, Number.POSITIVE_INFINITY],
    valued: 'onO',
    completes: 'local',
    async run(call) {
      await moveAll(call, sent(call));
    },
  },
  {
    names: ['mirror'],
    usage: '[-Renv] [-P N] [-X GLOB] [-I GLOB] [--dry-run] [--move] [FROM [TO]]',
    summary:
      'Fetch a directory whole, or with -R send one; -e (--delete) removes what is extra, -n (--only-newer) leaves what is older, -P (--parallel) files at a time, -X (--exclude) and -I (--include) leave out or choose',
    words: [0, 2],
    valued: 'PXI',
    completes: 'remote',
    async run(call) {
      await mirrorDirectories(call);
    },
  },
];

/** Connections for one file where `pget` is given no number, as in lftp. */
const pgetSegments = '5';

async function moveAll(call: ShellCall, tasks: AsyncIterable<TransferTask>): Promise<void> {
  const { session, flags, name, options } = call;
  const segments = options.get('n') ?? (name === 'pget' ? pgetSegments : '1');
  const copying: CopyFileOptions = {
    resume: flags.has('c') || name === 'reget' || name === 'reput',
    segments: numberOf(segments, '-n'),
    ...(session.settings.verify ? {} : { verify: false }),
  };
  const code = await runTransfers(call.work, tasks, copying);
  if (code !== 0) throw new ShellError('not everything was transferred');
}

function numberOf(text: string, flag: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= mostSegments) return number;
  throw new ShellError(`${flag} takes a number from 1 to ${mostSegments}`);
}

/** Where a file of a name goes: `-o` names the only file, `-O` the directory. */
function targetOf({ options, words }: ShellCall, name: string): string {
  const output = options.get('o');
  if (output !== undefined && words.length !== 1) {
    throw new ShellError('-o takes one name and where it goes: get NAME -o LOCAL');
  }
  const directory = options.get('O');
  return directory === undefined ? (output ?? name) : `${directory}/${output ?? name}`;
}

async function* fetched(call: ShellCall): AsyncGenerator<TransferTask> {
  const { session } = call;
  const { place } = session;
  for (const { path, entry } of await allRemoteNames(call, call.words)) {
    if (entry?.type === 'directory') continue;
    const target = session.local(targetOf(call, nameOf(path)));
    await mkdir(dirname(target), { recursive: true });
    yield {
      path,
      total: entry?.size ?? null,
      move: (options) => place.download(path, target, entry === null ? options : { ...options, entry }),
    };
  }
}

async function* sent(call: ShellCall): AsyncGenerator<TransferTask> {
  const { session } = call;
  const { place } = session;
  for (const word of call.words) {
    const found: string[] = [];
    if (call.quoted.has(word)) found.push(word);
    else for await (const name of glob(word, { cwd: session.localDirectory })) found.push(name);
    if (found.length === 0) throw new ShellError(`nothing here fits "${word}"`);
    for (const name of found.toSorted()) {
      const target = targetOf(call, basename(name));
      yield {
        path: name,
        total: null,
        move: (options) => place.upload(session.local(name), target, options),
      };
    }
  }
}

async function mirrorDirectories({ session, work, words, flags, options, signal }: ShellCall): Promise<void> {
  const { place, settings } = session;
  const { report } = work;
  const [from = '.', to] = words;
  const upwards = flags.has('R');
  const remote = place.resolve(upwards ? (to ?? basename(session.local(from))) : from);
  const nearName = upwards ? from : (to ?? nameOf(remote));
  const near = localPlace(session.local(nearName === '' ? '.' : nearName));
  const there = place.place(remote);
  const plan = await planMirror(upwards ? near : there, upwards ? there : near, {
    delete: options.has('delete') || flags.has('e'),
    onlyNewer: options.has('only-newer') || flags.has('n'),
    move: options.has('move'),
    exclude: globsOf(options, ['X', 'exclude', 'exclude-glob']),
    include: globsOf(options, ['I', 'include', 'include-glob']),
    signal,
  });
  if (options.has('dry-run')) {
    for (const { kind, path } of plan.actions) report.line(`${kind} ${path}`);
    return;
  }
  const parallel = numberOf(options.get('P') ?? options.get('parallel') ?? String(settings.parallel), '-P');
  const result = await plan.run({ parallel, signal, verify: settings.verify });
  for (const { path, error } of result.failed) report.failure(error, path);
  report.note(`${result.files} files, ${result.removals} removed, ${result.failed.length} failed`);
  if (result.failed.length > 0) throw new ShellError('not everything was mirrored');
  if (upwards && !(await isDirectory(place, remote, signal)))
    throw new ShellError(`${joinName(remote, '.')} is not there`);
}

function globsOf(options: ReadonlyMap<string, string>, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => options.get(name) ?? []);
}
