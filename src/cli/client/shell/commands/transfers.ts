import { glob } from 'node:fs/promises';
import { basename } from 'node:path';
import { planMirror, type CopyFileOptions } from '#client/index.ts';
import { localPlace } from '#client/connect/local.ts';
import { joinName, nameOf } from '#core/virtual-path.ts';
import { isDirectory } from '../../is-directory.ts';
import { runTransfers, type TransferTask } from '../../transfer/run-transfers.ts';
import type { ShellCall, ShellCommand } from '../shell-command.ts';
import { ShellError } from '../shell-error.ts';
import { allRemoteNames } from './names.ts';

/** What moves files. */
export const transferCommands: readonly ShellCommand[] = [
  {
    names: ['get', 'mget', 'reget', 'recv'],
    usage: '[-c] NAME... [-o LOCAL]',
    summary: 'Fetch files into the local directory, or one to LOCAL; -c goes on with a part',
    words: [1, Number.POSITIVE_INFINITY],
    completes: 'remote',
    async run(call) {
      await moveAll(call, fetched(call));
    },
  },
  {
    names: ['put', 'mput', 'reput', 'send'],
    usage: '[-c] LOCAL... [-o NAME]',
    summary: 'Send files into the directory on the server, or one under NAME; -c goes on with a part',
    words: [1, Number.POSITIVE_INFINITY],
    completes: 'local',
    async run(call) {
      await moveAll(call, sent(call));
    },
  },
  {
    names: ['mirror'],
    usage: '[-R] [--delete] [--dry-run] [--only-newer] [--parallel=N] [FROM [TO]]',
    summary: 'Fetch a directory whole, or with -R send one',
    words: [0, 2],
    completes: 'remote',
    async run(call) {
      await mirrorDirectories(call);
    },
  },
];

async function moveAll(call: ShellCall, tasks: AsyncIterable<TransferTask>): Promise<void> {
  const { session, flags, signal } = call;
  const options: CopyFileOptions = {
    resume: flags.has('c'),
    ...(session.settings.verify ? {} : { verify: false }),
  };
  const code = await runTransfers({ ...session.work, signal }, tasks, options);
  if (code !== 0) throw new ShellError('not everything was transferred');
}

/** Where `-o` leads; `words` then holds the one name that goes there. */
function outputOf({ flags, words }: ShellCall): {
  readonly names: readonly string[];
  readonly output: string | null;
} {
  if (!flags.has('o')) return { names: words, output: null };
  if (words.length !== 2) throw new ShellError('-o takes one name and where it goes: get NAME -o LOCAL');
  return { names: words.slice(0, 1), output: words[1] ?? null };
}

async function* fetched(call: ShellCall): AsyncGenerator<TransferTask> {
  const { session } = call;
  const { place } = session;
  const { names, output } = outputOf(call);
  for (const { path, entry } of await allRemoteNames(call, names)) {
    if (entry?.type === 'directory') continue;
    const target = session.local(output ?? nameOf(path));
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
  const { names, output } = outputOf(call);
  for (const word of names) {
    const found: string[] = [];
    if (call.quoted.has(word)) found.push(word);
    else for await (const name of glob(word, { cwd: session.localDirectory })) found.push(name);
    if (found.length === 0) throw new ShellError(`nothing here fits "${word}"`);
    for (const name of found.toSorted()) {
      const target = output ?? basename(name);
      yield {
        path: name,
        total: null,
        move: (options) => place.upload(session.local(name), target, options),
      };
    }
  }
}

async function mirrorDirectories({ session, words, flags, options, signal }: ShellCall): Promise<void> {
  const { place, settings, report } = session;
  const [from = '.', to] = words;
  const upwards = flags.has('R');
  const remote = place.resolve(upwards ? (to ?? basename(session.local(from))) : from);
  const nearName = upwards ? from : (to ?? nameOf(remote));
  const near = localPlace(session.local(nearName === '' ? '.' : nearName));
  const there = place.place(remote);
  const plan = await planMirror(upwards ? near : there, upwards ? there : near, {
    delete: options.has('delete') || flags.has('e'),
    onlyNewer: options.has('only-newer') || flags.has('n'),
    signal,
  });
  if (options.has('dry-run')) {
    for (const { kind, path } of plan.actions) report.line(`${kind} ${path}`);
    return;
  }
  const parallel = Number(options.get('parallel') ?? settings.parallel);
  const result = await plan.run({ parallel, signal, verify: settings.verify });
  for (const { path, error } of result.failed) report.failure(error, path);
  report.note(`${result.files} files, ${result.removals} removed, ${result.failed.length} failed`);
  if (result.failed.length > 0) throw new ShellError('not everything was mirrored');
  if (upwards && !(await isDirectory(place, remote, signal)))
    throw new ShellError(`${joinName(remote, '.')} is not there`);
}
