import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { joinName, resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import type { StreamEnd } from '../../../contract/page/common.ts';
import type { SearchLine, SearchQuery } from '../../../contract/page/files.ts';
import type { PagePlaces } from '../page-service.ts';
import { entryRecord } from './entry-record.ts';
import { globTest, regexTest, type NameTest } from './name-pattern.ts';
import { readWhole } from './read-whole.ts';
import { walk } from './walk.ts';

const maximumContentOctets = 16 * 1024 * 1024;
/** How often the page is told where the search is. */
const visitIntervalMs = 200;
/** A page shows no more, and nobody reads them. */
const maximumHits = 100_000;

type Line = Exclude<SearchLine, StreamEnd>;

/**
 * Searches below places, in one after the other.
 *
 * @param regexAllowed an expression can be made to take for ever, which is for the owner of the machine to risk
 */
export async function* search(
  places: PagePlaces,
  query: SearchQuery,
  { regexAllowed, signal }: { readonly regexAllowed: boolean; readonly signal: AbortSignal },
): AsyncGenerator<Line> {
  const fits = testOf(query, regexAllowed);
  const { content } = query;
  let hits = 0;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  for (const { connection, path } of query.places) {
    const fileSystem = places.fileSystemOf(connection);
    for await (const { directory, entry } of walk(fileSystem, resolveVirtualPath(rootPath, path), signal)) {
      if (performance.now() - toldAtMs > visitIntervalMs) {
        toldAtMs = performance.now();
        yield { visiting: { connection, path: directory } };
      }
      if (!fits(entry)) continue;
      if (content !== undefined && content !== '') {
        const holds = await holdsText({ fileSystem, directory, entry }, content, query.caseSensitive, signal);
        if (!holds) continue;
      }
      yield { hits: [{ place: { connection, path: directory }, entry: entryRecord(entry) }] };
      hits += 1;
      if (hits === maximumHits)
        throw new WherryError('too-many', `The search ended after ${maximumHits} finds`);
    }
  }
}

function testOf(query: SearchQuery, regexAllowed: boolean): (entry: Entry) => boolean {
  const { name, nameSyntax, caseSensitive, type, minimumBytes, maximumBytes, modifiedAfter, modifiedBefore } =
    query;
  let named: NameTest = () => true;
  if (name !== undefined && name !== '') {
    if (nameSyntax === 'regex' && !regexAllowed)
      throw new WherryError('not-supported', 'Cannot search by regular expressions here: use * and ?');
    named = (nameSyntax === 'regex' ? regexTest : globTest)(name, caseSensitive);
  }
  const within = (value: number | null, least: number | undefined, most: number | undefined): boolean =>
    (least === undefined && most === undefined) ||
    (value !== null && value >= (least ?? value) && value <= (most ?? value));
  const asksSize = minimumBytes !== undefined || maximumBytes !== undefined;
  return (entry) =>
    (type === undefined || entry.type === type) &&
    // What some servers tell as the size of a directory is that of its own listing.
    (!asksSize || entry.type === 'file') &&
    within(entry.size, minimumBytes, maximumBytes) &&
    within(entry.modifiedAt, modifiedAfter, modifiedBefore) &&
    named(entry.name);
}

async function holdsText(
  {
    fileSystem,
    directory,
    entry,
  }: { readonly fileSystem: FileSystem; readonly directory: typeof rootPath; readonly entry: Entry },
  content: string,
  caseSensitive: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  if (entry.type !== 'file' || (entry.size ?? 0) > maximumContentOctets) return false;
  try {
    const path = joinName(directory, entry.name);
    const bytes = await readWhole(fileSystem, path, maximumContentOctets, signal);
    if (caseSensitive) return bytes.includes(content);
    return bytes.toString('utf8').toLowerCase().includes(content.toLowerCase());
  } catch (error) {
    // A file that may not be read is no find; a search that was stopped is over.
    if (signal.aborted || !(error instanceof WherryError)) throw error;
    return false;
  }
}
