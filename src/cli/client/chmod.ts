import { changeMode } from './mode.ts';
import { clientCommand } from './client-command.ts';
import { eachPlace } from './each-place.ts';
import { UsageError } from '../exit-codes.ts';

/** Changes permission bits. */
export const command = clientCommand({
  name: 'chmod',
  usage: 'MODE URL...',
  about:
    'Sets the permission bits of files and directories. MODE is octal, as in 640, or what chmod(1) takes:\n' +
    'u+x, go-w, a=r. A mode in letters changes the bits that the server tells of.',
  words: [2, Number.POSITIVE_INFINITY],
  flags: [{ name: 'recursive', short: 'R', help: 'also everything below directories' }],
  examples: [
    ['wherry chmod 640 sftp://me@example.org/secret.txt', 'by number'],
    ['wherry chmod -R go-w ftp://me@example.org/www', 'by letters, a whole tree'],
  ],
  choose: (given) => ({ recursive: given.has('recursive') }),
  run: (work, [text = '', ...words], { recursive }) => {
    const change = changeMode(text);
    if (change === null) throw new UsageError(`"${text}" is no mode; give one as in 640, u+x or go-w`);
    const { signal } = work;
    return eachPlace(work, words, async (place) => {
      const top = await place.stat('.', { signal });
      await place.chmod('.', change(top), { signal });
      if (!recursive || top.type !== 'directory') return;
      for await (const entry of place.list('.', { recursive: true, signal })) {
        if (entry.type !== 'symlink') await place.chmod(entry.path, change(entry), { signal });
      }
    });
  },
});
