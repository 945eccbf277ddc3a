import { createHash } from 'node:crypto';
import type { Entry } from '#core/entry.ts';
import { joinName, nameOf, parentOf, type VirtualPath } from '#core/virtual-path.ts';

/** Names under which files grow until they are whole. */
const partialPattern = /^\..*\.[0-9a-f]{12}\.wherry-(?:partial|segments)$/s;

/** Room for the digest and the ending in a name of 255 octets; longer names are shortened. */
const longestStem = 200;

/**
 * The name beside `target` under which the file grows. It holds a digest of the source's size and time, so that what
 * an earlier version of the source left is never gone on with.
 */
export function partialPathOf(
  target: VirtualPath,
  source: Pick<Entry, 'size' | 'modifiedAt'>,
  kind: 'partial' | 'segments',
): VirtualPath {
  const seconds = source.modifiedAt === null ? null : Math.floor(source.modifiedAt / 1000);
  const name = nameOf(target);
  const digest = createHash('sha256')
    .update(JSON.stringify([name, source.size, seconds]))
    .digest('hex');
  return joinName(parentOf(target), `.${shorten(name)}.${digest.slice(0, 12)}.wherry-${kind}`);
}

/** The file in which a transfer in segments keeps what has arrived. */
export function statePathOf(segments: VirtualPath): VirtualPath {
  return joinName(parentOf(segments), `${nameOf(segments)}-state`);
}

/** Whether a name is one of those: mirrors neither copy nor count them. */
export function isPartialName(name: string): boolean {
  return partialPattern.test(name.endsWith('-state') ? name.slice(0, -'-state'.length) : name);
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= longestStem) return name;
  let kept = '';
  for (const character of name) {
    if (Buffer.byteLength(kept + character) > longestStem) break;
    kept += character;
  }
  return kept;
}
