import type { Entry } from '#core/entry.ts';

/** An entry as one line of JSON; what the server did not say is null. */
export function entryJson(name: string, entry: Entry): string {
  const { type, size, modifiedAt, modifiedPrecision, mode, owner, group, linkTarget } = entry;
  return JSON.stringify({
    name,
    type,
    size: type === 'directory' ? null : size,
    modifiedAt: modifiedAt === null ? null : new Date(modifiedAt).toISOString(),
    modifiedPrecision,
    mode: mode === null ? null : mode.toString(8).padStart(4, '0'),
    owner,
    group,
    linkTarget,
  });
}
