import { WherryError } from '#core/errors.ts';
import type { OperationOptions, RenameOptions } from '#core/file-system.ts';
import { isWithin, type VirtualPath } from '#core/virtual-path.ts';
import { requireSafeArgument } from '../control/text-codec.ts';
import { replyError } from '../reply-errors.ts';
import type { FtpSession } from '../session.ts';
import { orAborted, perform } from './commands.ts';

/** @throws WherryError `exists`, `permission`, … */
export async function makeDirectory(
  session: FtpSession,
  path: VirtualPath,
  options: OperationOptions = {},
): Promise<void> {
  await perform(session, {
    verb: 'MKD',
    argument: path,
    action: 'make the directory',
    path,
    signal: options.signal,
  });
}

/** @throws WherryError `not-empty`, `not-found`, … */
export async function removeDirectory(
  session: FtpSession,
  path: VirtualPath,
  options: OperationOptions = {},
): Promise<void> {
  await perform(session, {
    verb: 'RMD',
    argument: path,
    action: 'remove the directory',
    path,
    signal: options.signal,
  });
}

/** @throws WherryError `not-found`, `permission`, … */
export async function removeFile(
  session: FtpSession,
  path: VirtualPath,
  options: OperationOptions = {},
): Promise<void> {
  await perform(session, {
    verb: 'DELE',
    argument: path,
    action: 'remove the file',
    path,
    signal: options.signal,
  });
}

interface RenamePlan extends RenameOptions {
  /** As in "rename". */
  readonly action?: string;
}

/**
 * RNFR and RNTO, sent together. Servers that refuse to replace a file have it removed first.
 *
 * @throws WherryError `not-found`, `exists`, `invalid-argument`, …
 */
export async function rename(
  session: FtpSession,
  from: VirtualPath,
  to: VirtualPath,
  options: RenamePlan = {},
): Promise<void> {
  const { action = 'rename', overwrite = true, signal } = options;
  const plan = { from, to, action, signal };
  if (from !== to && isWithin(to, from)) {
    throw new WherryError('invalid-argument', 'A directory cannot be moved into itself', { path: from });
  }
  try {
    await renameOnce(session, plan);
  } catch (thrown) {
    if (!(thrown instanceof WherryError) || thrown.code !== 'exists' || !overwrite) throw thrown;
    await removeFile(session, to, { signal });
    await renameOnce(session, plan);
  }
}

interface Renaming {
  readonly from: VirtualPath;
  readonly to: VirtualPath;
  readonly action: string;
  readonly signal: AbortSignal | undefined;
}

async function renameOnce(session: FtpSession, { from, to, action, signal }: Renaming): Promise<void> {
  if (signal?.aborted === true)
    throw new WherryError('aborted', `Cannot ${action}: it was stopped`, { path: from });
  // Both names, before either is sent: RNFR alone would leave the server waiting.
  requireSafeArgument(from);
  requireSafeArgument(to);
  const { link } = session;
  const both = Promise.all([link.send('RNFR', from).reply, link.send('RNTO', to).reply]);
  const [asked, done] = await orAborted(both, action, signal);
  if (asked.code !== 350) throw replyError(asked, { verb: 'RNFR', action, path: from });
  if (done.code >= 300) throw replyError(done, { verb: 'RNTO', action, path: to });
}
