import { defaultBlockSize } from '../wire/limits.ts';
import { optionStrings, type TransferOptions } from '../wire/options.ts';
import type { TransferRequest } from '../wire/request.ts';
import type { TftpLimits } from './options.ts';

/** What holds for a transfer, and the options of the answer; none of them when nothing was asked for. */
export interface Agreement {
  readonly blockSize: number;
  readonly windowSize: number;
  /** The interval that the client asked for, or null. */
  readonly intervalMs: number | null;
  readonly answer: TransferOptions;
}

/**
 * Grants what a client asks for as far as the limits go (RFC 2347, 2348, 2349, 7440).
 *
 * @param size octets that will be on the wire, where known
 */
export function negotiate(request: TransferRequest, limits: TftpLimits, size: number | null): Agreement {
  const { blksize, timeout, tsize, windowsize } = request.options;
  const granted = blksize === undefined ? undefined : Math.min(blksize, limits.blockSize);
  const blockSize = granted ?? defaultBlockSize;
  const room = Math.max(1, Math.floor(limits.windowBytes / blockSize));
  const window = windowsize === undefined ? undefined : Math.min(windowsize, limits.windowSize, room);
  const told = request.direction === 'read' ? (size ?? undefined) : tsize;
  const answer: TransferOptions = {
    blksize: granted,
    timeout,
    tsize: tsize === undefined ? undefined : told,
    windowsize: window,
  };
  return {
    blockSize,
    windowSize: window ?? 1,
    intervalMs: timeout === undefined ? null : timeout * 1000,
    answer,
  };
}

/** The agreement in words for the log. */
export function describeAgreement({ answer }: Agreement): string {
  const strings = optionStrings(answer);
  return strings
    .map((text, index) => (index % 2 === 0 ? (index === 0 ? text : `, ${text}`) : ` ${text}`))
    .join('');
}
