import { constants, copyFile, fstatSync } from 'node:fs';
import { isPending } from '#core/awaitable.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { failure, throwIfAborted } from '../failure.ts';
import { inBackground } from './attempt.ts';
import { examine } from './examine.ts';
import { descriptorPath } from './kernel.ts';
import { openLocalRead } from './open-read.ts';
import { openLocalWrite } from './open-write.ts';
import type { LocalReadHandle } from './read-handle.ts';
import type { LocalTree } from './tree.ts';
import type { LocalWriteHandle } from './write-handle.ts';

const action = 'copy the file';

/** Up to this size the kernel copies in one call; beyond it the copy is cut, so that it can be stopped. */
const singleCallOctets = 16 * 1024 * 1024;

const chunkOctets = 1024 * 1024;

export interface CopyRequest {
  readonly from: VirtualPath;
  readonly to: VirtualPath;
  readonly signal: AbortSignal | undefined;
}

/** Copies a regular file beside its target and gives the copy the name when it is whole. */
export async function copyLocalFile(tree: LocalTree, request: CopyRequest): Promise<void> {
  const { from, to, signal } = request;
  const source = await openLocalRead(tree, from);
  try {
    const mode = (source.entry.mode ?? 0o666) & 0o777;
    if (await isSameFile(tree, source, to)) throw failure('invalid-argument', action, to);
    const target = await openLocalWrite(tree, to, { mode });
    try {
      await copyContent(source, target, request);
      throwIfAborted(signal, action, from);
    } catch (error) {
      await target.abort();
      throw error;
    }
    await target.finish();
  } finally {
    await source.close();
  }
}

async function isSameFile(tree: LocalTree, source: LocalReadHandle, to: VirtualPath): Promise<boolean> {
  try {
    const { device, inode } = await examine(tree, to, true);
    return device === source.entry.device && inode === source.entry.inode;
  } catch {
    // Nothing there yet; whatever else is wrong with the target, opening it says so.
    return false;
  }
}

/** Errors that say that this pair of places cannot share blocks. */
const cloneRefusals: ReadonlySet<unknown> = new Set([
  'ENOTSUP',
  'EOPNOTSUPP',
  'EXDEV',
  'EINVAL',
  'ENOTTY',
  'ENOSYS',
]);

async function copyContent(
  source: LocalReadHandle,
  target: LocalWriteHandle,
  request: CopyRequest,
): Promise<void> {
  const mode = fstatSync(target.fileDescriptor).mode & 0o7777;
  const copyBy = (flags: number): Promise<void> =>
    inBackground((done) => {
      copyFile(descriptorPath(source.fileDescriptor), descriptorPath(target.fileDescriptor), flags, done);
    });
  try {
    await copyBy(constants.COPYFILE_FICLONE_FORCE);
  } catch (error) {
    if (!cloneRefusals.has((error as NodeJS.ErrnoException).code)) throw error;
    if ((source.entry.size ?? 0) <= singleCallOctets) await copyBy(0);
    else await copyInChunks(source, target, request);
  }
  // The call also copies the mode, where the target is to keep its own.
  await target.setAttributes({ mode });
}

async function copyInChunks(
  source: LocalReadHandle,
  target: LocalWriteHandle,
  request: CopyRequest,
): Promise<void> {
  const chunk = Buffer.allocUnsafeSlow(chunkOctets);
  for (let position = 0; ;) {
    throwIfAborted(request.signal, action, request.from);
    const read = source.read(chunk, position);
    const count = isPending(read) ? await read : read;
    if (count === 0) return;
    await target.write(chunk.subarray(0, count), position);
    position += count;
  }
}
