import type { Digest } from '#core/digest.ts';
import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { ReadHandle, WriteHandle } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import {
  attributesToKeep,
  describeSource,
  isRemote,
  lengthToAsk,
  moveOptions,
  quietly,
  requireLength,
  requireUnchanged,
  setAttributesAt,
  setAttributesOf,
  type CopyJob,
  type Outcome,
} from './job.ts';
import { moveBytes, readBytes } from './move-bytes.ts';
import { partialPathOf } from './partial-name.ts';
import { takeOverExisting, usablePart } from './resume.ts';
import { askChecksum, checksumsOf, compareDigest, digestOf, hex } from './verify.ts';

/**
 * Copies a file beside its target, where what has arrived stays when the copy breaks off, checks it there and gives
 * it its name last.
 */
export async function copyThroughPartial(
  job: CopyJob,
  source: ReadHandle,
  resume: boolean,
): Promise<Outcome> {
  const { to, meter } = job;
  const entry = describeSource(job, source);
  const partial = partialPathOf(to.path, entry, 'partial');
  meter.total = entry.size;
  const start = resume ? await startOf(job, { source, entry, partial }) : 0;
  if (start === null) {
    meter.startAt(entry.size ?? 0);
    return { bytes: entry.size ?? 0, timesKept: true, verification: { by: 'size' } };
  }
  meter.startAt(start);
  let arrived: Arrived;
  try {
    arrived = await fillPartial(job, source, { entry, partial, start });
  } catch (error) {
    if (start === 0 || !(error instanceof WherryError) || !cannotGoOn.has(error.code)) throw error;
    meter.startAt(0);
    arrived = await fillPartial(job, source, { entry, partial, start: 0 });
  }
  return publishPartial(job, { ...arrived, entry, partial });
}

/** What an end says that cannot begin amid a file: then it begins at the start. */
const cannotGoOn: ReadonlySet<string> = new Set(['not-supported', 'invalid-range', 'invalid-argument']);

interface PartialCopy {
  readonly source: ReadHandle;
  readonly entry: Entry;
  readonly partial: VirtualPath;
}

/** Where to go on; null where the target is whole already. */
async function startOf(job: CopyJob, copy: PartialCopy): Promise<number | null> {
  const part = await usablePart(job, copy);
  if (part > 0) return part;
  return job.options.resume === true ? takeOverExisting(job, copy) : 0;
}

interface Arrived {
  readonly bytes: number;
  /** Of the whole file, where one was wanted and could be had. */
  readonly digest: Uint8Array | null;
  readonly timesKept: boolean;
}

async function fillPartial(
  job: CopyJob,
  source: ReadHandle,
  { entry, partial, start }: { readonly entry: Entry; readonly partial: VirtualPath; readonly start: number },
): Promise<Arrived> {
  const { to, options } = job;
  const digest = digestOf(job.algorithm);
  const rereads = digest !== null && start > 0 && !isRemote(to.fileSystem);
  const target = await to.fileSystem.openWrite(partial, {
    disposition: 'update',
    readable: rereads,
    signal: options.signal,
    ...(entry.size === null ? {} : { size: entry.size }),
  });
  let arrived = start;
  try {
    if (target.initialSize > start) await target.truncate(start);
    const whole = digest === null ? null : await digestPart(job, digest, { source, target, start });
    const range = { start, length: lengthToAsk(entry.size, start) };
    const hooks = { digest: whole, onMoved: (bytes: number) => void (arrived += bytes) };
    const bytes = start + (await moveBytes(source, target, moveOptions(job, range, hooks)));
    requireLength(job, entry.size, bytes);
    // A connection may have one thing to do at a time: what follows must not wait for this handle.
    await job.releaseSource();
    await requireUnchanged(job, entry);
    const attributes = attributesToKeep(job, entry);
    const timesKept = attributes !== null && (await setAttributesOf(target, attributes));
    await target.finish();
    return { bytes, digest: whole?.finish() ?? null, timesKept };
  } catch (error) {
    await giveUp(job, target, { partial, arrived, error });
    throw error;
  }
}

/** Takes in what is there already; null where neither end can read it without a network. */
async function digestPart(
  job: CopyJob,
  digest: Digest,
  part: { readonly source: ReadHandle; readonly target: WriteHandle; readonly start: number },
): Promise<Digest | null> {
  const { source, target, start } = part;
  if (start === 0) return digest;
  const near = isRemote(job.from.fileSystem) ? (isRemote(job.to.fileSystem) ? null : target) : source;
  if (near === null) return null;
  const handle = {
    entry: source.entry,
    fileDescriptor: null,
    read: near.read.bind(near),
    close: () => undefined,
  };
  const update = (chunk: Uint8Array): void => digest.update(chunk);
  const count = await readBytes(handle, { start: 0, length: start }, update, job.options.signal);
  return count === start ? digest : null;
}

/** Errors after which what has arrived is of no more use. */
export const hopelessErrors: ReadonlySet<string> = new Set([
  'no-space',
  'quota',
  'too-large',
  'integrity',
  'not-found',
]);

/** Leaves what can be gone on with, cut to what surely stands there, and removes what cannot. */
async function giveUp(
  job: CopyJob,
  target: WriteHandle,
  state: { readonly partial: VirtualPath; readonly arrived: number; readonly error: unknown },
): Promise<void> {
  const { partial, arrived, error } = state;
  const { fileSystem } = job.to;
  if (!isRemote(fileSystem)) await quietly(() => target.truncate(arrived));
  await quietly(() => target.abort());
  const code = error instanceof WherryError ? error.code : 'io';
  const changed = code === 'busy';
  if (arrived === 0 || changed || hopelessErrors.has(code))
    await quietly(() => fileSystem.removeFile(partial));
}

/** Checks what has arrived, gives it the source's attributes, and then its name. */
export async function publishPartial(
  job: CopyJob,
  done: Arrived & { readonly entry: Entry; readonly partial: VirtualPath },
): Promise<Outcome> {
  const { to, options } = job;
  const { bytes, partial, entry } = done;
  const part = { fileSystem: to.fileSystem, path: partial };
  let verification: Outcome['verification'];
  try {
    verification = await verifyPartial(job, done);
  } catch (error) {
    if (error instanceof WherryError && error.code === 'integrity') {
      await quietly(() => to.fileSystem.removeFile(partial));
    }
    throw error;
  }
  const attributes = attributesToKeep(job, entry);
  let { timesKept } = done;
  if (!timesKept && attributes !== null && to.fileSystem.capabilities.setTimes) {
    timesKept = await setAttributesAt(part, attributes, options.signal);
  }
  if (attributes?.mode === undefined && !isRemote(to.fileSystem)) await keepModeOfOld(job, partial);
  await to.fileSystem.rename(partial, to.path, {
    overwrite: options.overwrite !== false,
    signal: options.signal,
  });
  return { bytes, verification, timesKept };
}

/** A file that is replaced keeps its permission bits, as it does in an upload that takes its name at the end. */
async function keepModeOfOld({ to, options }: CopyJob, partial: VirtualPath): Promise<void> {
  await quietly(async () => {
    const { mode, type } = await to.fileSystem.stat(to.path, { signal: options.signal });
    if (mode === null || type !== 'file') return;
    await to.fileSystem.setAttributes(partial, { mode: mode & 0o777 }, { signal: options.signal });
  });
}

async function verifyPartial(
  job: CopyJob,
  done: Arrived & { readonly partial: VirtualPath },
): Promise<Outcome['verification']> {
  const { from, to, algorithm, options } = job;
  const { signal } = options;
  const part = { fileSystem: to.fileSystem, path: done.partial };
  if (algorithm !== null) {
    const { digest } = done;
    if (digest !== null) {
      const atSource = await compareDigest(from, { algorithm, digest }, signal);
      const atTarget = await compareDigest(part, { algorithm, digest }, signal);
      if (atSource || atTarget) return { by: 'checksum', algorithm, digest: hex(digest) };
    } else if ([from, part].every(({ fileSystem }) => checksumsOf(fileSystem).includes(algorithm))) {
      const expected = await askChecksum(from, algorithm, signal);
      if (expected !== null && (await compareDigest(part, { algorithm, digest: expected }, signal))) {
        return { by: 'checksum', algorithm, digest: hex(expected) };
      }
    }
  }
  if (options.verify !== false && isRemote(to.fileSystem)) await requireSizeAt(part, done.bytes, signal);
  return { by: 'size' };
}

async function requireSizeAt(
  { fileSystem, path }: CopyJob['to'],
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { size } = await fileSystem.stat(path, { signal });
  if (size === null || size === bytes) return;
  throw new WherryError('integrity', `Sent ${bytes} octets, of which ${size} arrived`, { path });
}
