import type { RemoteConnection } from '#client/index.ts';
import type { Entry } from '#core/entry.ts';
import { clientCommand } from './client-command.ts';
import { eachWord } from './each-place.ts';
import { globOf } from './globs.ts';
import { entryJson } from './output/entry-json.ts';
import { longLines } from './output/long-lines.ts';
import { visibleText } from './output/visible-text.ts';

/** Entries that are put into columns together, so that a directory of any size is shown as it comes. */
const linesAtOnce = 1000;

/** Lists directories. */
export const command = clientCommand({
  name: 'ls',
  usage: 'URL...',
  about:
    'Lists what is in a directory, or shows a file. The last part of an address may hold the wildcards * ? [a-z].\n' +
    'Names that begin with a dot are left out without --all.',
  words: [1, Number.POSITIVE_INFINITY],
  flags: [
    { name: 'long', short: 'l', help: 'with mode, owner, size and time' },
    { name: 'all', short: 'a', help: 'also names that begin with a dot' },
    { name: 'recursive', short: 'R', help: 'also what is in directories below' },
  ],
  examples: [
    ['wherry ls ftp://ftp.example.org/pub/', 'the names in a directory'],
    ['wherry ls -l sftp://me@example.org/logs/*.gz', 'with size and time, of some files'],
    ['wherry ls --json -R ftps://me@example.org/', 'a whole tree, a JSON object a line'],
  ],
  choose: (given) => ({
    long: given.has('long'),
    all: given.has('all'),
    recursive: given.has('recursive'),
  }),
  async run(work, words, { long, all, recursive }) {
    const { open, report, signal } = work;
    const show = (entries: readonly (readonly [string, Entry])[]): void => {
      if (report.json) for (const [name, entry] of entries) report.line(entryJson(name, entry));
      else if (long) for (const line of longLines(entries)) report.line(line);
      else for (const [name] of entries) report.line(visibleText(name));
    };
    return eachWord(work, words, async (word) => {
      const glob = globOf(word);
      const place = await open(glob.address);
      let waiting: [string, Entry][] = [];
      let matched = false;
      for await (const [name, entry] of listed(place, { recursive, signal })) {
        if (!glob.matches(name)) continue;
        matched = true;
        if (!all && glob.pattern === null && name.split('/').some((part) => part.startsWith('.'))) continue;
        waiting.push([name, entry]);
        if (waiting.length < linesAtOnce) continue;
        show(waiting);
        waiting = [];
      }
      show(waiting);
      glob.requireMatch(matched);
    });
  },
});

/** What is in a directory, by names seen from it; a file under its own name. */
async function* listed(
  place: RemoteConnection,
  { recursive, signal }: { readonly recursive: boolean; readonly signal: AbortSignal },
): AsyncGenerator<readonly [string, Entry]> {
  const top = place.directory;
  let entry: Entry | null = null;
  if (place.capabilities.randomAccess || top !== place.home) entry = await statOrNull(place, signal);
  if (entry !== null && entry.type !== 'directory') {
    yield [entry.name, entry];
    return;
  }
  const skipped = top === '/' ? 1 : top.length + 1;
  for await (const found of place.list('.', { recursive, signal })) yield [found.path.slice(skipped), found];
}

/** Some servers cannot tell of a directory; then listing it says whether it is there. */
async function statOrNull(place: RemoteConnection, signal: AbortSignal): Promise<Entry | null> {
  try {
    return await place.stat('.', { signal });
  } catch {
    return null;
  }
}
