import { clientCommand } from './client-command.ts';
import { eachWord } from './each-place.ts';
import { shownAddress } from './output/shown-address.ts';

/** Computes digests. */
export const command = clientCommand({
  name: 'checksum',
  usage: 'URL...',
  about: 'Prints the digests of files, computed by the server where it can, else while the file is read.',
  words: [1, Number.POSITIVE_INFINITY],
  flags: [{ name: 'algorithm', value: 'sha512|sha256|sha1|md5|crc32', help: 'which digest (sha256)' }],
  examples: [
    ['wherry checksum sftp://me@example.org/image.iso', 'SHA-256, as sha256sum prints it'],
    ['wherry checksum --algorithm md5 --json ftp://ftp.example.org/a.tar', 'another one, for a program'],
  ],
  choose: (given, read) => ({
    algorithm:
      read.word('algorithm', given.text('algorithm'), ['sha512', 'sha256', 'sha1', 'md5', 'crc32']) ??
      'sha256',
  }),
  async run(work, words, { algorithm }) {
    const { open, report, signal } = work;
    return eachWord(work, words, async (word) => {
      const place = await open(word);
      const digest = await place.checksum('.', { algorithm, signal });
      if (report.json) report.line(JSON.stringify({ path: place.directory, algorithm, digest }));
      else report.line(`${digest}  ${shownAddress(word)}`);
    });
  },
});
