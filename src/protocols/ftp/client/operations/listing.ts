import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import { isPending } from '#core/awaitable.ts';
import { maximumListingEntries, maximumListingLine } from '../../wire/limits.ts';
import { lineFeed } from '../../wire/telnet.ts';
import type { FtpSession } from '../session.ts';
import type { Transfer } from '../transfer/transfer.ts';

const chunkBytes = 64 * 1024;

/**
 * The lines of a listing as octets, in the batches in which they arrive, without line ends. The views hold until the
 * next batch is asked for.
 *
 * @throws WherryError `too-large` for a line or a listing without end
 */
export async function* readLines(transfer: Transfer): AsyncGenerator<readonly Uint8Array[]> {
  let buffer = Buffer.allocUnsafe(chunkBytes);
  let filled = 0;
  let count = 0;
  for (;;) {
    if (filled === buffer.length) buffer = Buffer.concat([buffer.subarray(0, filled)], buffer.length * 2);
    const reading = transfer.channel.read(buffer.subarray(filled));
    const received = isPending(reading) ? await transfer.watch.during(reading) : reading;
    if (received === 0) break;
    filled += received;
    const lines: Uint8Array[] = [];
    let start = 0;
    for (
      let end = buffer.indexOf(lineFeed);
      end >= 0 && end < filled;
      end = buffer.indexOf(lineFeed, start)
    ) {
      lines.push(withoutReturns(buffer.subarray(start, end)));
      start = end + 1;
    }
    count += lines.length;
    if (count > maximumListingEntries) throw new WherryError('too-large', 'The listing has no end');
    if (filled - start > maximumListingLine)
      throw new WherryError('too-large', 'A line of the listing has no end');
    if (lines.length > 0) yield lines;
    buffer.copyWithin(0, start, filled);
    filled -= start;
  }
  if (filled === 0) return;
  // A line without an end may be half a line of a listing that broke off: only the server can tell.
  await transfer.finish();
  yield [withoutReturns(buffer.subarray(0, filled))];
}

function withoutReturns(line: Uint8Array): Uint8Array {
  let end = line.length;
  while (end > 0 && line[end - 1] === 0x0d) end -= 1;
  return line.subarray(0, end);
}

// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const unusable = /[/\u0000\u000a\u000d]/;

/**
 * Whether the name of a listed entry is one component of a path and nothing else. Whatever else a server lists is
 * told and left out: a name with a slash in it could lead a copy out of its directory.
 */
export function isUsableName({ name }: Entry, session: FtpSession): boolean {
  if (name !== '' && name !== '.' && name !== '..' && !unusable.test(name)) return true;
  if (name !== '.' && name !== '..' && name !== '') {
    session.conversation.error(
      `The server lists a name that no file can have, which is left out: ${printableName(name)}`,
    );
  }
  return false;
}
