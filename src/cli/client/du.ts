import { clientCommand } from './client-command.ts';
import { eachWord } from './each-place.ts';
import { shownAddress } from './output/shown-address.ts';
import { byteText } from './output/quantities.ts';

/** Adds up sizes. */
export const command = clientCommand({
  name: 'du',
  usage: 'URL...',
  about: 'Adds up the sizes of all files below a directory, as the listings tell them.',
  words: [1, Number.POSITIVE_INFINITY],
  flags: [{ name: 'bytes', short: 'b', help: 'octets as a plain number' }],
  examples: [
    ['wherry du sftp://me@example.org/backup', 'how much a directory holds'],
    ['wherry du --json ftp://ftp.example.org/pub ./pub', 'of two places, for a program'],
  ],
  choose: (given) => ({ plain: given.has('bytes') }),
  async run(work, words, { plain }) {
    const { open, report, signal } = work;
    return eachWord(work, words, async (word) => {
      const place = await open(word);
      const { bytes, files, directories } = await place.du('.', { signal });
      if (report.json) report.line(JSON.stringify({ path: place.directory, bytes, files, directories }));
      else
        report.line(
          `${plain ? bytes : byteText(bytes)}\t${files} files in ${directories} directories\t${shownAddress(word)}`,
        );
    });
  },
});
