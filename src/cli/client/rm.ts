import { WherryError } from '#core/errors.ts';
import { clientCommand } from './client-command.ts';
import { eachPlace } from './each-place.ts';
import { globOf } from './globs.ts';

/** Removes files and trees. */
export const command = clientCommand({
  name: 'rm',
  usage: 'URL...',
  about:
    'Removes files, symbolic links and empty directories; with --recursive directories and all that is in them.\n' +
    'The last part of an address may hold the wildcards * ? [a-z]. Links are removed, never followed.',
  words: [1, Number.POSITIVE_INFINITY],
  flags: [
    { name: 'recursive', short: 'r', help: 'directories with all that is in them' },
    { name: 'force', short: 'f', help: 'no error for what is not there' },
  ],
  examples: [
    ["wherry rm 'ftp://me@example.org/in/*.tmp'", 'some files'],
    ['wherry rm -r sftp://me@example.org/old', 'a whole tree'],
  ],
  choose: (given) => ({ recursive: given.has('recursive'), force: given.has('force') }),
  run: (work, words, { recursive, force }) =>
    eachPlace(
      { ...work, open: (address) => work.open(globOf(address).address) },
      words,
      async (place, word) => {
        const { signal } = work;
        const glob = globOf(word);
        const names: string[] = [];
        if (glob.pattern === null) names.push('.');
        else {
          for await (const entry of place.list('.', { signal }))
            if (glob.matches(entry.name)) names.push(entry.name);
          if (!force) glob.requireMatch(names.length > 0);
        }
        for (const name of names) {
          try {
            await place.remove(name, { recursive, signal });
          } catch (thrown) {
            const isMissing = thrown instanceof WherryError && thrown.code === 'not-found';
            if (!(force && isMissing)) throw thrown;
          }
        }
      },
    ),
});
