import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { ReadHandle } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { createDigest } from '#core/digest.ts';
import { isRemote, type CopyJob } from './job.ts';
import { readBytes } from './move-bytes.ts';
import { askChecksum, checksumsOf } from './verify.ts';

/** Octets at the end of a part that are compared with the source before it is gone on with. */
const overlapBytes = 64 * 1024;

interface Part {
  readonly source: ReadHandle;
  readonly entry: Entry;
  readonly partial: VirtualPath;
}

/**
 * What is moved again before where a part ends. SFTP has many pieces under way at once, and whoever was killed amid
 * them may have left a gap among the last: more than all clients known to the field keep in flight.
 */
const rewindBytes = 16 * 1024 * 1024;

/** How much of what an earlier copy left beside the target can be gone on with; 0 where there is nothing. */
export async function usablePart(job: CopyJob, { source, entry, partial }: Part): Promise<number> {
  const found = await sizeAt(job, partial);
  if (found === null || found === 0 || entry.size === null || found > entry.size) return 0;
  const byDigest = await compareByDigest(job, source, { path: partial, size: found });
  if (byDigest !== null) return byDigest ? found : 0;
  // Its name says that it was made for this source; where nobody may read it, that has to do.
  if ((await compareOverlap(job, source, { path: partial, size: found })) === false) return 0;
  const mayHaveGaps = [job.from, job.to].some(
    ({ fileSystem }) => isRemote(fileSystem) && fileSystem.capabilities.randomAccess,
  );
  return mayHaveGaps ? Math.max(0, found - rewindBytes) : found;
}

/**
 * A shorter file under the target's own name that begins like the source is taken for a copy that broke off, and
 * moved aside to be gone on with. Returns where to go on, 0 for nowhere, null where the target is whole.
 */
export async function takeOverExisting(
  job: CopyJob,
  { source, entry, partial }: Part,
): Promise<number | null> {
  const { to, options } = job;
  const found = await sizeAt(job, to.path);
  if (found === null || found === 0 || entry.size === null || found > entry.size) return 0;
  const belongs = await isBeginning(job, source, { path: to.path, size: found });
  if (belongs !== true) return 0;
  if (found === entry.size) return null;
  await to.fileSystem.rename(to.path, partial, { signal: options.signal });
  return found;
}

async function sizeAt({ to, options }: CopyJob, path: VirtualPath): Promise<number | null> {
  try {
    const entry = await to.fileSystem.stat(path, { signal: options.signal });
    return entry.type === 'file' ? entry.size : null;
  } catch (error) {
    if (error instanceof WherryError && (error.code === 'not-found' || error.code === 'permission'))
      return null;
    throw error;
  }
}

interface Beginning {
  readonly path: VirtualPath;
  readonly size: number;
}

/** Whether a file at the target is how the source begins; null where it cannot be read. */
async function isBeginning(job: CopyJob, source: ReadHandle, part: Beginning): Promise<boolean | null> {
  const byDigest = await compareByDigest(job, source, part);
  return byDigest ?? compareOverlap(job, source, part);
}

/** By digest of all of it, where the server computes that and this end reads from its own disk. */
async function compareByDigest(
  job: CopyJob,
  source: ReadHandle,
  { path, size }: Beginning,
): Promise<boolean | null> {
  const { to, from, options } = job;
  const [algorithm] = checksumsOf(to.fileSystem);
  if (algorithm === undefined || isRemote(from.fileSystem) || options.verify === false) return null;
  const theirs = await askChecksum({ fileSystem: to.fileSystem, path }, algorithm, options.signal);
  if (theirs === null) return null;
  const digest = createDigest(algorithm);
  const update = (chunk: Uint8Array): void => digest.update(chunk);
  const count = await readBytes(source, { start: 0, length: size }, update, options.signal);
  return count === size && Buffer.from(theirs).equals(digest.finish());
}

async function compareOverlap(
  job: CopyJob,
  source: ReadHandle,
  { path, size }: Beginning,
): Promise<boolean | null> {
  const length = Math.min(overlapBytes, size);
  const range = { start: size - length, length };
  let theirs: Buffer;
  try {
    const handle = await job.to.fileSystem.openRead(path, { signal: job.options.signal });
    try {
      theirs = await readRange(handle, range);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof WherryError && error.code === 'permission') return null;
    throw error;
  }
  return theirs.equals(await readRange(source, range));
}

async function readRange(
  handle: ReadHandle,
  { start, length }: { readonly start: number; readonly length: number },
): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const count = await handle.read(bytes.subarray(filled), start + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
