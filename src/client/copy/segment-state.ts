import type { Entry } from '#core/entry.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { quietly, type CopyJob } from './job.ts';

/** A part of a file: octets from `start` to before `end`, of which those before `position` have arrived. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  position: number;
}

/** What a copy in segments keeps beside its target. */
export interface SegmentState {
  readonly version: 1;
  readonly size: number;
  readonly modifiedAt: number | null;
  readonly segments: readonly Segment[];
}

export interface SegmentPlaces {
  readonly data: VirtualPath;
  readonly state: VirtualPath;
}

/** More segments than anybody asks for; a state file that holds more was not written here. */
const maximumSegments = 1024;
const maximumStateBytes = 256 * 1024;

/** Cuts a file into parts as equal as can be. */
export function planSegments(entry: Pick<Entry, 'size' | 'modifiedAt'>, count: number): SegmentState {
  const size = entry.size ?? 0;
  const segments: Segment[] = [];
  for (let index = 0; index < count; index += 1) {
    const start = Math.floor((size * index) / count);
    segments.push({ start, end: Math.floor((size * (index + 1)) / count), position: start });
  }
  return { version: 1, size, modifiedAt: entry.modifiedAt, segments };
}

export function arrivedBytes(state: SegmentState): number {
  return state.segments.reduce((sum, { start, position }) => sum + position - start, 0);
}

/** Reads what an earlier copy has written down; null where there is nothing that fits this source. */
export async function loadSegments(
  { to, options }: CopyJob,
  places: SegmentPlaces,
  entry: Entry,
): Promise<SegmentState | null> {
  try {
    const data = await to.fileSystem.stat(places.data, { signal: options.signal });
    const handle = await to.fileSystem.openRead(places.state, { signal: options.signal });
    try {
      const buffer = Buffer.alloc(maximumStateBytes);
      let filled = 0;
      for (;;) {
        const count = await handle.read(buffer.subarray(filled), filled);
        if (count === 0) break;
        filled += count;
      }
      const state = parseState(buffer.toString('utf8', 0, filled));
      if (state === null || data.size === null) return null;
      const { size } = data;
      const fits = state.size === entry.size && state.modifiedAt === entry.modifiedAt;
      return fits && state.segments.every(({ start, position }) => position === start || position <= size)
        ? state
        : null;
    } finally {
      await handle.close();
    }
  } catch {
    // No state that can be read is no state.
    return null;
  }
}

/** Reads a state file, which anybody may have written; null for anything that is not one. */
export function parseState(text: string): SegmentState | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const state = value as Partial<SegmentState> | null;
  if (typeof state !== 'object' || state === null || state.version !== 1) return null;
  const { size, modifiedAt, segments } = state;
  if (!isPosition(size) || !(modifiedAt === null || typeof modifiedAt === 'number')) return null;
  if (!Array.isArray(segments) || segments.length === 0 || segments.length > maximumSegments) return null;
  let expected = 0;
  for (const segment of segments as readonly Partial<Segment>[]) {
    const { start, end, position } = segment;
    if (!isPosition(start) || !isPosition(end) || !isPosition(position)) return null;
    if (start !== expected || end < start || position < start || position > end) return null;
    expected = end;
  }
  if (expected !== size) return null;
  return {
    version: 1,
    size,
    modifiedAt,
    segments: (segments as readonly Segment[]).map(({ start, end, position }) => ({ start, end, position })),
  };
}

function isPosition(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Writes down what has arrived. A state that cannot be written costs a copy from the start after a break, no more. */
export async function saveSegments({ to }: CopyJob, place: VirtualPath, state: SegmentState): Promise<void> {
  await quietly(async () => {
    const handle = await to.fileSystem.openWrite(place, { disposition: 'replace' });
    try {
      await handle.write(Buffer.from(JSON.stringify(state)), 0);
    } catch (error) {
      await handle.abort();
      throw error;
    }
    await handle.finish();
  });
}
