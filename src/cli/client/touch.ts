import { WherryError } from '#core/errors.ts';
import { UsageError } from '../exit-codes.ts';
import { clientCommand } from './client-command.ts';
import { eachPlace } from './each-place.ts';

/** Sets times of modification, or makes empty files. */
export const command = clientCommand({
  name: 'touch',
  usage: 'URL...',
  about:
    'Sets the time of modification of files to now, or to --date. A file that is not there is made, empty.',
  words: [1, Number.POSITIVE_INFINITY],
  flags: [
    { name: 'date', short: 'd', value: 'TIME', help: 'this time, as in 2026-11-21 or 2026-11-21T15:04:05Z' },
    { name: 'no-create', short: 'c', help: 'make no file' },
  ],
  examples: [
    ['wherry touch sftp://me@example.org/done', 'leave a mark'],
    ['wherry touch -d 2026-01-31T00:00:00Z ftp://me@example.org/a.csv', 'set a time'],
  ],
  choose: (given, _read, problems) => {
    const text = given.text('date');
    const time = text === undefined ? Date.now() : Date.parse(text);
    if (Number.isNaN(time)) problems.push(`--date cannot be "${text}"; write it as in 2026-11-21T15:04:05Z`);
    return { time, create: !given.has('no-create') };
  },
  run: (work, words, { time, create }) =>
    eachPlace(work, words, async (place, word) => {
      const { signal } = work;
      if (word.endsWith('/')) throw new UsageError(`${word} names a directory`);
      try {
        await place.setTimes('.', { modifiedAt: time }, { signal });
      } catch (thrown) {
        if (!(create && thrown instanceof WherryError && thrown.code === 'not-found')) throw thrown;
        await place.write('.', '', { signal });
        if (place.capabilities.setTimes) await place.setTimes('.', { modifiedAt: time }, { signal });
      }
    }),
});
