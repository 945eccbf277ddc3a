import { once } from 'node:events';
import { spawn } from 'node:child_process';
import type { Entry } from '#core/entry.ts';
import { nameOf, type VirtualPath } from '#core/virtual-path.ts';
import { longLines } from '../../output/long-lines.ts';
import { byteText } from '../../output/quantities.ts';
import { visibleText } from '../../output/visible-text.ts';
import type { ShellCall, ShellCommand } from '../shell-command.ts';
import { allRemoteNames, remoteNames } from './names.ts';

type Named = readonly [name: string, entry: Entry];

/** What is there. */
export const listingCommands: readonly ShellCommand[] = [
  {
    names: ['ls', 'dir'],
    usage: '[-aR] [NAME...]',
    summary: 'List with mode, owner, size and time',
    words: [0, Number.POSITIVE_INFINITY],
    completes: 'remote',
    async run(call) {
      await eachListing(call, (entries) => {
        for (const line of longLines(entries)) call.work.report.line(line);
      });
    },
  },
  {
    names: ['cls', 'nlist', 'nls'],
    usage: '[-aR] [NAME...]',
    summary: 'List names alone; directories end with a slash',
    words: [0, Number.POSITIVE_INFINITY],
    completes: 'remote',
    async run(call) {
      await eachListing(call, (entries) => {
        for (const [name, { type }] of entries) {
          call.work.report.line(`${visibleText(name)}${type === 'directory' ? '/' : ''}`);
        }
      });
    },
  },
  {
    names: ['stat'],
    usage: 'NAME...',
    summary: 'Tell of files and directories themselves',
    words: [1, Number.POSITIVE_INFINITY],
    completes: 'remote',
    async run(call) {
      const { session, work, signal } = call;
      for (const { path } of await allRemoteNames(call, call.words)) {
        const entry = await session.place.stat(path, { signal });
        for (const line of longLines([[path, entry]])) work.report.line(line);
      }
    },
  },
  {
    names: ['cat'],
    usage: 'NAME...',
    summary: 'Show files',
    words: [1, Number.POSITIVE_INFINITY],
    completes: 'remote',
    async run(call) {
      for (const { path } of await allRemoteNames(call, call.words))
        await show(call, path, call.work.report.output);
    },
  },
  {
    names: ['more', 'less', 'page'],
    usage: 'NAME...',
    summary: 'Show files a page at a time, in $PAGER',
    words: [1, Number.POSITIVE_INFINITY],
    completes: 'remote',
    async run(call) {
      const [program = 'less', ...words] = (process.env['PAGER'] ?? 'less').split(/\s+/u);
      for (const { path } of await allRemoteNames(call, call.words)) {
        const pager = spawn(program, words, { stdio: ['pipe', 'inherit', 'inherit'] });
        // Who has read enough leaves before the end.
        pager.stdin.on('error', () => undefined);
        const ended = once(pager, 'exit');
        await show(call, path, pager.stdin).catch(() => undefined);
        pager.stdin.end();
        await ended;
      }
    },
  },
  {
    names: ['find'],
    usage: '[DIRECTORY]',
    summary: 'List all paths below a directory',
    words: [0, 1],
    completes: 'remote',
    async run({ session, work, words: [word = '.'], signal }) {
      for await (const { path } of session.place.find(word, { signal })) work.report.line(visibleText(path));
    },
  },
  {
    names: ['du'],
    usage: '[DIRECTORY...]',
    summary: 'Add up sizes',
    words: [0, Number.POSITIVE_INFINITY],
    completes: 'remote',
    async run(call) {
      const { session, work, signal } = call;
      const words = call.words.length === 0 ? ['.'] : call.words;
      for (const { path } of await allRemoteNames(call, words)) {
        const { bytes, files } = await session.place.du(path, { signal });
        work.report.line(`${byteText(bytes).padStart(9)}  ${files} files  ${visibleText(path)}`);
      }
    },
  },
  {
    names: ['df', 'quota'],
    usage: '[DIRECTORY]',
    summary: 'Tell the free space',
    words: [0, 1],
    completes: 'remote',
    async run({ session, work, words: [word = '.'], signal }) {
      const { totalBytes, availableBytes } = await session.place.space(word, { signal });
      work.report.line(`${byteText(availableBytes)} of ${byteText(totalBytes)} are free`);
    },
  },
  {
    names: ['checksum', 'hash'],
    usage: 'NAME...',
    summary: 'Show SHA-256 digests',
    words: [1, Number.POSITIVE_INFINITY],
    completes: 'remote',
    async run(call) {
      const { session, work, signal } = call;
      for (const { path } of await allRemoteNames(call, call.words)) {
        work.report.line(`${await session.place.checksum(path, { signal })}  ${visibleText(path)}`);
      }
    },
  },
];

async function show(
  { session, signal }: ShellCall,
  path: VirtualPath,
  target: NodeJS.WritableStream,
): Promise<void> {
  for await (const piece of session.place.read(path, { signal })) {
    if (!target.write(piece)) await once(target, 'drain', { signal });
  }
}

/** What words stand for, a directory after the other; `print` gets what belongs together. */
async function eachListing(call: ShellCall, print: (entries: readonly Named[]) => void): Promise<void> {
  const { session, flags, signal } = call;
  const { place } = session;
  const words = call.words.length === 0 ? ['.'] : call.words;
  const recursive = flags.has('R');
  for (const word of words) {
    const files: Named[] = [];
    const directories: VirtualPath[] = [];
    for (const { path, entry } of await remoteNames(call, word)) {
      const known = entry ?? (path === place.directory ? null : await place.stat(path, { signal }));
      // A pattern shows the directories that fit it by name, as everywhere.
      if (known !== null && (entry !== null || known.type !== 'directory')) files.push([nameOf(path), known]);
      else directories.push(path);
    }
    print(files);
    for (const directory of directories) {
      const skipped = directory === '/' ? 1 : directory.length + 1;
      const inside: Named[] = [];
      for await (const entry of place.list(directory, { recursive, signal })) {
        if (flags.has('a') || !entry.name.startsWith('.')) inside.push([entry.path.slice(skipped), entry]);
      }
      print(inside);
    }
  }
}
