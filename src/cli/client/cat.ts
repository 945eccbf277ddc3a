import { once } from 'node:events';
import { clientCommand } from './client-command.ts';
import { eachWord } from './each-place.ts';

/** Writes files to standard output. */
export const command = clientCommand({
  name: 'cat',
  usage: 'URL...',
  about: 'Writes files to standard output, octet for octet, one after the other.',
  words: [1, Number.POSITIVE_INFINITY],
  flags: [],
  examples: [
    ['wherry cat ftp://ftp.example.org/pub/README', 'read a file'],
    ['wherry cat sftp://me@example.org/db.sql.gz | gunzip | psql', 'feed a program without a temporary file'],
    ['wherry cat tftp://192.0.2.1/running-config', 'show the configuration of a device'],
  ],
  choose: () => null,
  async run(work, words) {
    const { open, signal } = work;
    return eachWord(work, words, async (word) => {
      const place = await open(word);
      for await (const piece of place.read('.', { signal })) {
        if (!process.stdout.write(piece)) await once(process.stdout, 'drain', { signal });
      }
    });
  },
});
