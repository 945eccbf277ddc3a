import { ExitCode } from '../exit-codes.ts';
import { clientCommand } from './client-command.ts';
import { entryJson } from './output/entry-json.ts';
import { visibleText } from './output/visible-text.ts';

const types = { f: 'file', d: 'directory', l: 'symlink' } as const;

/** Searches trees. */
export const command = clientCommand({
  name: 'find',
  usage: 'URL',
  about:
    'Prints the paths of all names below a directory that fit every condition, seen from that directory.',
  words: [1, 1],
  flags: [
    { name: 'name', value: 'GLOB', help: 'fits the name, or with a / in it the path' },
    { name: 'type', value: 'f|d|l', help: 'files, directories or symbolic links only' },
    { name: 'min-size', value: 'BYTES', help: 'no smaller than this, as in 10M' },
    { name: 'max-size', value: 'BYTES', help: 'no larger than this' },
    { name: 'newer-than', value: 'TIME', help: 'changed since: 2026-11-01, or an age as in 2h or 30d' },
    { name: 'older-than', value: 'TIME', help: 'not changed since' },
    { name: 'max-depth', value: 'N', help: 'directories to go down into (all)' },
  ],
  examples: [
    ["wherry find sftp://me@example.org/logs --name '*.gz' --older-than 30d", 'old logs'],
    ['wherry find --type f --min-size 1G --json ftp://ftp.example.org/pub', 'large files, for a program'],
  ],
  choose: (given, read) => {
    const type = read.word('type', given.text('type'), ['f', 'd', 'l']);
    return {
      name: given.text('name'),
      type: type === undefined ? undefined : types[type],
      minimumBytes: read.bytes('min-size', given.text('min-size')),
      maximumBytes: read.bytes('max-size', given.text('max-size')),
      modifiedAfter: read.moment('newer-than', given.text('newer-than')),
      modifiedBefore: read.moment('older-than', given.text('older-than')),
      maximumDepth: read.integer('max-depth', given.text('max-depth'), [0, 10_000]),
    };
  },
  async run({ open, report, signal }, words, conditions) {
    const place = await open(words[0] ?? '.');
    const top = place.directory;
    const skipped = top === '/' ? 1 : top.length + 1;
    const found = place.find('.', { ...conditions, signal });
    for await (const entry of found) {
      const path = entry.path.slice(skipped);
      report.line(report.json ? entryJson(path, entry) : visibleText(path));
    }
    return ExitCode.done;
  },
});
