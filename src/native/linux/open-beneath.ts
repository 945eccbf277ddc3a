import { constants } from 'node:fs';
import { constants as systemConstants } from 'node:os';
import type { Awaitable } from '../awaitable.ts';
import { checkResult } from '../system-error.ts';
import type { Binding } from './binding.ts';

const { EAGAIN, EINVAL } = systemConstants.errno;
const pathOnly = 0o10000000;
/** Flags without which an open may wait for a peer: the other end of a pipe, the holder of a lease. */
const neverWaitsForPeer = constants.O_NONBLOCK | constants.O_DIRECTORY | pathOnly;
/** Flags that make the kernel change something, and so perhaps wait for the disk. */
const changes = constants.O_CREAT | constants.O_TRUNC;

/** Opens by openat2(2); see {@link NativeRoom.openBeneath}. */
export function openBeneath(
  binding: Binding,
  rootFd: number,
  path: string | Uint8Array,
  { flags, mode }: { readonly flags: number; readonly mode: number },
): Awaitable<number> {
  if ((flags & neverWaitsForPeer) !== 0 && (flags & changes) === 0) {
    const result = binding.openCached(rootFd, path, flags, mode);
    // EINVAL: a kernel without RESOLVE_CACHED (before 5.12), or a flaw that the second attempt tells again.
    if (result !== -EAGAIN && result !== -EINVAL) return checkResult(result, 'openat2');
  }
  return openInPool(binding.openInPool(rootFd, path, flags, mode));
}

async function openInPool(result: Awaitable<number>): Promise<number> {
  return checkResult(await result, 'openat2');
}
