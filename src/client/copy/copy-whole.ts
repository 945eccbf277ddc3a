import type { ReadHandle } from '#core/file-system.ts';
import {
  attributesToKeep,
  describeSource,
  finishWith,
  lengthToAsk,
  moveOptions,
  quietly,
  requireLength,
  requireUnchanged,
  setAttributesAt,
  type CopyJob,
  type Outcome,
} from './job.ts';
import { moveBytes } from './move-bytes.ts';
import { compareDigest, digestOf, hex } from './verify.ts';

/**
 * Copies a file in one go: the target takes its name when it is whole, and a copy that breaks off leaves nothing.
 * For small files, and for ends that can neither go on nor rename.
 *
 * @param absent whether the target's name is known to be free
 */
export async function copyWhole(job: CopyJob, source: ReadHandle, absent: boolean): Promise<Outcome> {
  const { from, to, options, algorithm, meter } = job;
  const { signal } = options;
  const entry = describeSource(job, source);
  meter.total = entry.size;
  meter.startAt(0);
  const target = await to.fileSystem.openWrite(to.path, {
    disposition: options.overwrite === false ? 'create' : 'replace',
    absent,
    signal,
    ...(entry.size === null ? {} : { size: entry.size }),
  });
  const digest = digestOf(algorithm);
  let bytes: number;
  let verified = false;
  let passed: Uint8Array | null = null;
  try {
    const range = { start: 0, length: lengthToAsk(entry.size, 0) };
    bytes = await moveBytes(source, target, moveOptions(job, range, { digest }));
    requireLength(job, entry.size, bytes);
    // A connection may have one thing to do at a time: what follows must not wait for this handle.
    await job.releaseSource();
    passed = digest?.finish() ?? null;
    if (algorithm !== null && passed !== null) {
      verified = await compareDigest(from, { algorithm, digest: passed }, signal);
    }
    await requireUnchanged(job, entry);
  } catch (error) {
    await quietly(() => target.abort());
    throw error;
  }
  const attributes = attributesToKeep(job, entry);
  let timesKept = await finishWith(target, attributes);
  if (!timesKept && attributes !== null && to.fileSystem.capabilities.setTimes) {
    timesKept = await setAttributesAt(to, attributes, signal);
  }
  if (algorithm !== null && passed !== null) verified = (await compareAtTarget(job, passed)) || verified;
  return {
    bytes,
    timesKept,
    verification:
      verified && algorithm !== null && passed !== null
        ? { by: 'checksum', algorithm, digest: hex(passed) }
        : { by: 'size' },
  };
}

/** A server that can tell finds a file that was spoilt on the way; it must not stay under the name. */
async function compareAtTarget(job: CopyJob, digest: Uint8Array): Promise<boolean> {
  const { to, algorithm, options } = job;
  if (algorithm === null) return false;
  try {
    return await compareDigest(to, { algorithm, digest }, options.signal);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'integrity') {
      await quietly(() => to.fileSystem.removeFile(to.path));
    }
    throw error;
  }
}
