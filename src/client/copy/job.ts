import { isAttributeRefusal } from '#core/attribute-refusal.ts';
import type { Awaitable } from '#core/awaitable.ts';
import type { HashAlgorithm } from '#core/checksum.ts';
import type { CopyOptions } from '#core/copy.ts';
import type { Digest } from '#core/digest.ts';
import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { Attributes, FileSystem, ReadHandle, WriteHandle } from '#core/file-system.ts';
import type { CopyFileOptions, FilePlace, Verification } from './options.ts';
import type { ProgressMeter } from './progress.ts';

/** One file on its way, for all tries. */
export interface CopyJob {
  readonly from: FilePlace;
  readonly to: FilePlace;
  readonly options: CopyFileOptions;
  readonly algorithm: HashAlgorithm | null;
  readonly meter: ProgressMeter;
  /** Octets moved by all tries. */
  moved: number;
  /** Closes the source of this try before its time, when the same connection has more to answer. */
  releaseSource: () => Promise<void>;
}

/** What one try found. */
export interface Outcome {
  readonly bytes: number;
  readonly verification: Verification;
  readonly timesKept: boolean;
}

/** Whether a file system lies across a network, so that every question costs a round trip. */
export function isRemote(fileSystem: FileSystem): boolean {
  const { facts } = fileSystem as { facts?: { readonly host: string | null } };
  return facts !== undefined && facts.host !== null;
}

/** What is known of the source: the open file's own words first, then those of the listing. */
export function describeSource(job: CopyJob, source: ReadHandle): Entry {
  const { entry } = source;
  const listed = job.options.entry;
  if (listed === undefined) return entry;
  return {
    ...entry,
    size: entry.size ?? listed.size,
    modifiedAt: entry.modifiedAt ?? listed.modifiedAt,
    modifiedPrecision: entry.modifiedAt === null ? listed.modifiedPrecision : entry.modifiedPrecision,
    mode: entry.mode ?? listed.mode,
  };
}

/** Options for moving a range, with everything that the job wants done on the way. */
export function moveOptions(
  job: CopyJob,
  range: { readonly start: number; readonly length: number | undefined },
  hooks: { readonly digest?: Digest | null; readonly onMoved?: (bytes: number) => void } = {},
): CopyOptions {
  const { limiter, signal } = job.options;
  const { digest, onMoved } = hooks;
  const take =
    limiter === undefined ? undefined : (bytes: number): Awaitable<void> => limiter.take(bytes, signal);
  return {
    ...range,
    signal,
    take,
    onChunk: digest === null || digest === undefined ? undefined : (chunk) => digest.update(chunk),
    onProgress: (bytes) => {
      job.moved += bytes;
      onMoved?.(bytes);
      job.meter.add(bytes);
    },
  };
}

/** One octet more than there should be is asked for: a file that grows shows itself by having it. */
export function lengthToAsk(size: number | null, start: number): number | undefined {
  return size === null ? undefined : size - start + 1;
}

/** @throws WherryError `truncated` or `busy` when the source is no longer as long as it was */
export function requireLength(job: CopyJob, size: number | null, reached: number): void {
  if (size === null || reached === size) return;
  const { path } = job.from;
  if (reached < size) {
    throw new WherryError('truncated', `The file ended after ${reached} of ${size} octets`, { path });
  }
  if (job.options.allowChanging !== true) throw changed(path);
}

function changed(path: string): WherryError {
  return new WherryError('busy', 'The file changed while it was copied', { path, retryable: true });
}

/** Looks whether a file of this machine was changed while it was read; asking a server would cost a round trip. */
export async function requireUnchanged(job: CopyJob, source: Entry): Promise<void> {
  const { fileSystem, path } = job.from;
  if (isRemote(fileSystem) || job.options.allowChanging === true || source.modifiedAt === null) return;
  const current = await fileSystem.stat(path, { signal: job.options.signal });
  if (current.size !== source.size || current.modifiedAt !== source.modifiedAt) throw changed(path);
}

/** What the target is to take over from the source. */
export function attributesToKeep({ options }: CopyJob, source: Entry): Attributes | null {
  const modifiedAt = options.keepTimes === false ? null : source.modifiedAt;
  const mode = options.mode ?? (options.keepMode === true ? source.mode : null);
  if (modifiedAt === null && mode === null) return null;
  return {
    ...(modifiedAt === null ? {} : { modifiedAt }),
    ...(mode === null ? {} : { mode: mode & 0o777 }),
  };
}

/** Gives attributes to an open target; returns whether it took them. */
export async function setAttributesOf(target: WriteHandle, attributes: Attributes): Promise<boolean> {
  try {
    await target.setAttributes(attributes);
    return true;
  } catch (error) {
    if (isAttributeRefusal(error)) return false;
    throw error;
  }
}

/** Ends a target, which gets attributes before where there are any; returns whether it took them. */
export async function finishWith(target: WriteHandle, attributes: Attributes | null): Promise<boolean> {
  if (attributes !== null && target.finishWith !== undefined) return target.finishWith(attributes);
  let taken = false;
  try {
    taken = attributes !== null && (await setAttributesOf(target, attributes));
  } catch (error) {
    await quietly(() => target.abort());
    throw error;
  }
  await target.finish();
  return taken;
}

/** As {@link setAttributesOf}, for a file that is closed. */
export async function setAttributesAt(
  { fileSystem, path }: FilePlace,
  attributes: Attributes,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    await fileSystem.setAttributes(path, attributes, { signal });
    return true;
  } catch (error) {
    if (isAttributeRefusal(error)) return false;
    throw error;
  }
}

/** The first error is the one to tell; what goes wrong while cleaning up after it is not. */
export async function quietly(step: () => Awaitable<unknown>): Promise<void> {
  try {
    await step();
  } catch {
    // Whatever is left is left.
  }
}
