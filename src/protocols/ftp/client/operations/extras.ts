import { WherryError } from '#core/errors.ts';
import type { OperationOptions, Space } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { requireSafeArgument } from '../control/text-codec.ts';
import { replyError } from '../reply-errors.ts';
import type { FtpSession } from '../session.ts';
import { siteArgument } from '../site-commands.ts';
import { orAborted, perform } from './commands.ts';
import { readSize } from './examine.ts';

/** Whether the server copies files by itself. */
export function canCopy({ profile: { site } }: FtpSession): boolean {
  return (site.has('CPFR') && site.has('CPTO')) || site.has('COPY');
}

export function canLink({ profile: { site } }: FtpSession): boolean {
  return site.has('SYMLINK');
}

/**
 * Copies a file at the server: SITE CPFR and CPTO, whose names need no quotes, else SITE COPY (ProFTPD mod_copy).
 *
 * @throws WherryError `not-supported`, or what the server refuses
 */
export async function copyFile(
  session: FtpSession,
  from: VirtualPath,
  to: VirtualPath,
  options: OperationOptions = {},
): Promise<void> {
  const action = 'copy the file';
  const { signal } = options;
  const { link, times, profile } = session;
  const timeoutMs = times.checksumMs;
  if (!canCopy(session))
    throw new WherryError('not-supported', 'This server does not copy files by itself', { path: from });
  if (!profile.site.has('CPFR')) {
    const argument = `COPY ${siteArgument(from)} ${siteArgument(to)}`;
    await perform(session, { verb: 'SITE', argument, action, path: from, signal, timeoutMs });
    return;
  }
  requireSafeArgument(from);
  requireSafeArgument(to);
  const both = Promise.all([
    link.send('SITE', `CPFR ${from}`).reply,
    link.send('SITE', `CPTO ${to}`, { timeoutMs }).reply,
  ]);
  const [asked, done] = await orAborted(both, action, signal);
  if (asked.code !== 350) throw replyError(asked, { verb: 'RNFR', action, path: from });
  if (done.code >= 300) throw replyError(done, { verb: 'RNTO', action, path: to });
}

/** SITE SYMLINK, the text of the link first. @throws WherryError what the server refuses */
export async function createSymlink(
  session: FtpSession,
  target: string,
  path: VirtualPath,
  options: OperationOptions = {},
): Promise<void> {
  if (!canLink(session))
    throw new WherryError('not-supported', 'This server makes no symbolic links', { path });
  const argument = `SYMLINK ${siteArgument(target)} ${siteArgument(path)}`;
  await perform(session, { verb: 'SITE', argument, action: 'make the link', path, signal: options.signal });
}

/**
 * AVBL: the room that is left. Everything else of a device is unknown and is shown as the smallest that fits.
 *
 * @throws WherryError what the server refuses
 */
export async function space(
  session: FtpSession,
  path: VirtualPath,
  options: OperationOptions = {},
): Promise<Space> {
  const command = {
    verb: 'AVBL',
    argument: path,
    action: 'ask for the room left',
    path,
    signal: options.signal,
  };
  const available = readSize(await perform(session, command));
  if (available === null) throw new WherryError('protocol', 'The reply to AVBL holds no number', { path });
  return {
    totalBytes: available,
    freeBytes: available,
    availableBytes: available,
    blockSize: 1,
    totalFiles: 0,
    freeFiles: 0,
    maximumNameLength: 255,
    readOnly: false,
  };
}
