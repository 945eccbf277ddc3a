import { copyFile } from '#client/copy/copy-file.ts';
import type { RemoteConnection } from '#client/index.ts';
import { joinName, nameOf, type VirtualPath } from '#core/virtual-path.ts';
import { UsageError } from '../exit-codes.ts';
import { clientCommand, type ClientWork } from './client-command.ts';
import { filesThatFit, globOf } from './globs.ts';
import { isDirectory } from './is-directory.ts';
import { shownAddress } from './output/shown-address.ts';
import { failedTask, runTransfers, type TransferTask } from './transfer/run-transfers.ts';
import { sizeOfFile } from './transfer/size-of-file.ts';
import { transferChoices, transferFlags, type TransferChoices } from './transfer/transfer-flags.ts';

/** Copies from anywhere to anywhere. */
export const command = clientCommand({
  name: 'cp',
  usage: 'FROM... TO',
  about:
    'Copies files from any place to any other, this machine among them. Between two FTP servers the octets go from\n' +
    'server to server (FXP) when both can, within one server they stay there when it can copy; else they come\n' +
    'through here, without a temporary file. Whole directories are copied by "wherry mirror".',
  words: [2, Number.POSITIVE_INFINITY],
  flags: [
    {
      name: 'fxp',
      value: 'auto|require|off',
      help: 'from server to server: when both can, only so, or never (auto)',
    },
    ...transferFlags,
  ],
  examples: [
    ['wherry cp ftp://a.example.org/x.iso sftp://me@b.example.org/in/', 'from one server to another'],
    ['wherry cp --fxp require ftpes://a.example.org/x ftpes://b.example.org/x', 'never through here'],
    ['wherry cp ./x.iso ftp://me@example.org/', 'from this machine'],
  ],
  choose: (given, read, problems) => ({
    fxp: read.word('fxp', given.text('fxp'), ['auto', 'require', 'off']) ?? 'auto',
    ...transferChoices(given, read, problems),
  }),
  async run(work, words, choices) {
    const target = words.at(-1) ?? '';
    const options = { ...choices.copy, serverToServer: choices.fxp };
    return runTransfers(work, findTasks(work, words.slice(0, -1), { target, choices }), options);
  },
});

async function* findTasks(
  work: ClientWork,
  words: readonly string[],
  { target, choices }: { readonly target: string; readonly choices: TransferChoices },
): AsyncGenerator<TransferTask> {
  const { signal } = work;
  const connections = { connections: choices.segments };
  const to = await work.open(target, connections);
  const inside = target.endsWith('/') || (await isDirectory(to, '.', signal));
  const several = words.length > 1 || words.some((word) => globOf(word).pattern !== null);
  if (several && !inside) {
    throw new UsageError(`"${to.directory}" is no directory, and several files cannot have one name`);
  }
  for (const word of words) {
    try {
      const glob = globOf(word);
      const from = await work.open(glob.address, connections);
      if (glob.pattern === null) {
        const total = await sizeOfFile(from, signal);
        yield { path: shownAddress(word), total, move: mover(from, from.directory, { to, inside }) };
        continue;
      }
      for (const { path, name, size } of await filesThatFit(from, glob, signal)) {
        yield { path: glob.addressOf(name), total: size, move: mover(from, path, { to, inside }) };
      }
    } catch (thrown) {
      yield failedTask(shownAddress(word), thrown);
    }
  }
}

function mover(
  from: RemoteConnection,
  path: VirtualPath,
  { to, inside }: { readonly to: RemoteConnection; readonly inside: boolean },
): TransferTask['move'] {
  const target = inside ? joinName(to.directory, nameOf(path)) : to.directory;
  return (options) => copyFile(from.place(path), to.place(target), options);
}
