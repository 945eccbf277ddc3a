import type { Connection } from '#core/connection.ts';
import type { FileSystem } from '#core/file-system.ts';
import { isRemote } from '../copy/job.ts';

/**
 * Small files side by side, whatever a server would take: each has buffers and an open file here. An upload by SFTP
 * takes four round trips, so that at 50 ms these are a thousand files a second.
 */
const maximumParallel = 256;
/** The same near a server, where fewer keep both ends busy and more only wait in memory. */
const nearParallel = 64;
/** The same for each millisecond of a round trip. */
const parallelPerMs = 25;
/** Files that are copied side by side on disks of this machine. */
const localParallel = 8;

/** Failures after which nothing else can succeed: the rest of a plan is left. */
export const finalCodes: ReadonlySet<string> = new Set([
  'aborted',
  'closed',
  'no-space',
  'quota',
  'login-refused',
  'not-trusted',
]);

/**
 * How many files may usefully be moved side by side between two places.
 *
 * @param wanted between disks of this machine the files themselves; else the connections whose worth of files it is to
 * be: over one connection several small ones follow each other without a wait, where the server can
 */
export function parallelFor([from, to]: readonly [FileSystem, FileSystem], wanted?: number): number {
  const remote = [from, to].filter(isRemote) as readonly Partial<Connection>[];
  if (remote.length === 0) return wanted ?? localParallel;
  const capacities = remote.map(({ parallelTransfers = 1, transfersPerConnection = parallelTransfers }) =>
    wanted === undefined ? parallelTransfers : wanted * transfersPerConnection,
  );
  const capacity = Math.min(...remote.map(mostFor), ...capacities);
  // Each copy within one place holds two of its transfers.
  return from === to ? Math.max(1, Math.floor(capacity / 2)) : capacity;
}

function mostFor({ roundTripMs = Number.POSITIVE_INFINITY }: Partial<Connection>): number {
  return Math.min(maximumParallel, Math.max(nearParallel, Math.floor(roundTripMs * parallelPerMs)));
}
