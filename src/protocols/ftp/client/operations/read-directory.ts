import type { Entry } from '#core/entry.ts';
import { toWherryError, WherryError, type ErrorCode } from '#core/errors.ts';
import type { OperationOptions } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { parseFactLine } from '../../wire/parse-facts.ts';
import type { FtpSession } from '../session.ts';
import type { Transfer } from '../transfer/transfer.ts';
import type { Transfers } from '../transfer/transfers.ts';
import { isUsableName, readLines } from './listing.ts';

const action = 'list the directory';

/** What is wrong with a listing itself. */
const withoutEnd: ReadonlySet<ErrorCode> = new Set(['too-large', 'too-many']);

/** The entries of a directory by MLSD. */
export async function* readMachineListing(
  session: FtpSession,
  transfers: Transfers,
  path: VirtualPath,
  options: OperationOptions,
): AsyncGenerator<readonly Entry[]> {
  const { signal } = options;
  const transfer = await transfers.start({
    verb: 'MLSD',
    argument: path,
    direction: 'download',
    action,
    path,
    signal,
  });
  const { codec } = session.link;
  yield* overTransfer(transfer, path, signal, async function* read() {
    for await (const lines of readLines(transfer)) {
      const entries: Entry[] = [];
      for (const line of lines) {
        const facts = parseFactLine(codec.decode(line));
        if (facts !== null && facts.role === 'entry' && isUsableName(facts.entry, session))
          entries.push(facts.entry);
      }
      if (entries.length > 0) yield entries;
    }
  });
}

/** Gives what is read from a transfer, and ends that properly however the reading ends. */
export async function* overTransfer(
  transfer: Transfer,
  path: VirtualPath,
  signal: AbortSignal | undefined,
  read: () => AsyncIterable<readonly Entry[]>,
): AsyncGenerator<readonly Entry[]> {
  const stop = (): void => transfer.channel.destroy();
  signal?.addEventListener('abort', stop, { once: true });
  let failed: unknown = null;
  try {
    yield* read();
    await transfer.finish();
  } catch (thrown) {
    failed = thrown;
  } finally {
    signal?.removeEventListener('abort', stop);
    // Whoever stops listening to the entries ends the loop here.
    await transfer.abandon();
  }
  if (failed === null) return;
  if (signal?.aborted === true)
    throw new WherryError('aborted', `Cannot ${action}: it was stopped`, { path });
  const error = toWherryError(failed, action, path);
  // A server that broke the listing off says why; that this side did is not the reason.
  throw withoutEnd.has(error.code) ? error : (transfer.refusal ?? error);
}
