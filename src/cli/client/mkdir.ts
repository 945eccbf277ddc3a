import { clientCommand } from './client-command.ts';
import { eachPlace } from './each-place.ts';

/** Makes directories. */
export const command = clientCommand({
  name: 'mkdir',
  usage: 'URL...',
  about: 'Makes directories.',
  words: [1, Number.POSITIVE_INFINITY],
  flags: [
    {
      name: 'parents',
      short: 'p',
      help: 'also those above that are missing, and no error for one that exists',
    },
  ],
  examples: [
    ['wherry mkdir ftp://me@example.org/in', 'a directory'],
    ['wherry mkdir -p sftp://me@example.org/2026/11/21', 'with all that lead to it'],
  ],
  choose: (given) => ({ recursive: given.has('parents') }),
  run: (work, words, { recursive }) =>
    eachPlace(work, words, (place) => place.makeDirectory('.', { recursive, signal: work.signal })),
});
