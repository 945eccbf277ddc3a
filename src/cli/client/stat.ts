import { clientCommand } from './client-command.ts';
import { eachWord } from './each-place.ts';
import { entryJson } from './output/entry-json.ts';
import { longLines } from './output/long-lines.ts';

/** Tells of single names. */
export const command = clientCommand({
  name: 'stat',
  usage: 'URL...',
  about: 'Tells what the server says of a file or directory itself: type, size, time, mode, owner.',
  words: [1, Number.POSITIVE_INFINITY],
  flags: [{ name: 'no-follow', short: 'P', help: 'tell of a symbolic link itself, not of what it leads to' }],
  examples: [
    ['wherry stat sftp://me@example.org/in/a.csv', 'size, time and mode of a file'],
    ['wherry stat --json ftp://ftp.example.org/pub/README', 'the same for a program to read'],
  ],
  choose: (given) => ({ followSymlink: !given.has('no-follow') }),
  async run(work, words, { followSymlink }) {
    const { open, report, signal } = work;
    return eachWord(work, words, async (word) => {
      const place = await open(word);
      const entry = await place.stat('.', { signal, followSymlink });
      // The root of a server has no name of its own.
      const name = entry.name === '' ? '/' : entry.name;
      if (report.json) report.line(entryJson(name, entry));
      else for (const line of longLines([[name, entry]])) report.line(line);
    });
  },
});
