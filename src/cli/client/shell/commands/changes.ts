import { joinName, nameOf } from '#core/virtual-path.ts';
import { isDirectory } from '../../is-directory.ts';
import { changeMode } from '../../mode.ts';
import type { ShellCommand } from '../shell-command.ts';
import { ShellError } from '../shell-error.ts';
import { allRemoteNames } from './names.ts';

/** What changes the tree of the server. */
export const changeCommands: readonly ShellCommand[] = [
  {
    names: ['mkdir'],
    usage: '[-p] DIRECTORY...',
    summary: 'Make directories; -p with all that lead to them',
    words: [1, Number.POSITIVE_INFINITY],
    async run({ session, words, flags, signal }) {
      for (const word of words)
        await session.place.makeDirectory(word, { recursive: flags.has('p'), signal });
    },
  },
  {
    names: ['rm', 'delete', 'mrm', 'mdelete'],
    usage: '[-rf] NAME...',
    summary: 'Remove files; -r directories with all that is in them, -f no error for what is not there',
    words: [1, Number.POSITIVE_INFINITY],
    completes: 'remote',
    async run(call) {
      const { session, flags, signal } = call;
      const force = flags.has('f');
      for (const word of call.words) {
        try {
          for (const { path } of await allRemoteNames(call, [word])) {
            await session.place.remove(path, { recursive: flags.has('r'), signal });
          }
        } catch (thrown) {
          if (!(force && (thrown as { readonly code?: string }).code === 'not-found')) throw thrown;
        }
      }
    },
  },
  {
    names: ['rmdir'],
    usage: 'DIRECTORY...',
    summary: 'Remove empty directories',
    words: [1, Number.POSITIVE_INFINITY],
    completes: 'remote',
    async run(call) {
      const { session, signal } = call;
      for (const { path } of await allRemoteNames(call, call.words)) {
        await session.place.fileSystem.removeDirectory(path, { signal });
      }
    },
  },
  {
    names: ['mv', 'rename', 'mmv'],
    usage: 'FROM... TO',
    summary: 'Rename, or move into a directory',
    words: [2, Number.POSITIVE_INFINITY],
    completes: 'remote',
    async run(call) {
      const { session, signal } = call;
      const { place } = session;
      const to = place.resolve(call.words.at(-1) ?? '');
      const names = await allRemoteNames(call, call.words.slice(0, -1));
      const inside = await isDirectory(place, to, signal);
      if (names.length > 1 && !inside)
        throw new ShellError(`${to} is no directory to move several names into`);
      for (const { path } of names)
        await place.rename(path, inside ? joinName(to, nameOf(path)) : to, { signal });
    },
  },
  {
    names: ['chmod'],
    usage: '[-R] MODE NAME...',
    summary: 'Set permission bits, as in 640, u+x or go-w',
    words: [2, Number.POSITIVE_INFINITY],
    completes: 'remote',
    async run(call) {
      const { session, flags, signal } = call;
      const [text = '', ...words] = call.words;
      const change = changeMode(text);
      if (change === null) throw new ShellError(`"${text}" is no mode; give one as in 640, u+x or go-w`);
      for (const { path } of await allRemoteNames(call, words)) {
        const top = await session.place.stat(path, { signal });
        await session.place.chmod(path, change(top), { signal });
        if (!flags.has('R') || top.type !== 'directory') continue;
        for await (const entry of session.place.list(path, { recursive: true, signal })) {
          if (entry.type !== 'symlink') await session.place.chmod(entry.path, change(entry), { signal });
        }
      }
    },
  },
  {
    names: ['cp', 'copy'],
    usage: 'FROM TO',
    summary: 'Copy a file on the server, by the server itself where it can',
    words: [2, 2],
    completes: 'remote',
    async run({ session: { place }, words: [from = '', word = ''], signal }) {
      const to = place.resolve(word);
      const inside = await isDirectory(place, to, signal);
      await place.copy(from, inside ? joinName(to, nameOf(place.resolve(from))) : to, { signal });
    },
  },
  {
    names: ['touch'],
    usage: 'NAME...',
    summary: 'Set the time of modification to now; a file that is not there is made, empty',
    words: [1, Number.POSITIVE_INFINITY],
    completes: 'remote',
    async run({ session: { place }, words, signal }) {
      for (const word of words) await place.touch(word, { signal });
    },
  },
  {
    names: ['ln', 'symlink'],
    usage: '[-s] TARGET NAME',
    summary: 'Make a symbolic link',
    words: [2, 2],
    async run({ session, words: [target = '', name = ''], signal }) {
      await session.place.createSymlink(target, name, { signal });
    },
  },
];
