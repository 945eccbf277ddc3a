import type { Entry } from '#core/entry.ts';
import { groupText, ownerText } from './owner-text.ts';

/** An entry as one line of JSON; what the server did not say is null. */
export function entryJson(name: string, entry: Entry): string {
  const { type, size, modifiedAt, modifiedPrecision, mode, linkTarget } = entry;
  return JSON.stringify({
    name,
    type,
    size: type === 'directory' ? null : size,
    modifiedAt: modifiedAt === null ? null : new Date(modifiedAt).toISOString(),
    modifiedPrecision,
    mode: mode === null ? null : mode.toString(8).padStart(4, '0'),
    owner: ownerText(entry),
    group: groupText(entry),
    linkTarget,
  });
}
