import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { ReadDirectoryOptions } from '#core/file-system.ts';
import { printableName } from '#core/name-encoding.ts';
import { joinName, type VirtualPath } from '#core/virtual-path.ts';
import { packetType } from '../wire/packet-types.ts';
import { entryOf, handleAnswer, listingAnswer, wirePath, type ListedName } from './answers.ts';
import type { IdentityCache } from './identity-cache.ts';
import type { NameRequests } from './name-requests.ts';
import { RemoteFile, type SftpSession } from './remote-file.ts';

/** What a listing works with. */
export interface ListingContext {
  readonly session: SftpSession;
  readonly names: NameRequests;
  readonly identities: IdentityCache;
}

type Batch = readonly ListedName[] | null;

/**
 * Lists a directory with several READDIRs under way, more of them the longer it goes on, so that a large directory
 * costs a few round trips and not one for each hundred names.
 *
 * @throws WherryError `not-found`, `not-directory`, `permission`, …
 */
export async function* listDirectory(
  context: ListingContext,
  path: VirtualPath,
  options: ReadDirectoryOptions = {},
): AsyncGenerator<readonly Entry[]> {
  const { session, names } = context;
  const { limits } = session.requests;
  session.say(`LIST ${printableName(path)}`);
  const directory = await open(context, path, options.signal);
  const underWay: Promise<Batch>[] = [];
  let wanted = limits.firstListings;
  try {
    for (;;) {
      while (underWay.length < wanted) underWay.push(readBatch(directory, options.signal));
      const batch = await underWay.shift();
      if (batch === undefined || batch === null) return;
      const entries = await completeBatch(context, { path, batch, options });
      if (entries.length > 0) yield entries;
      wanted = Math.min(wanted * 2, limits.largestListings);
    }
  } catch (thrown) {
    // Some servers answer OPENDIR of a file with FAILURE, and nothing else of them says why.
    throw await explain(thrown, names, path);
  } finally {
    for (const batch of underWay) batch.catch(() => undefined);
    directory.close().catch(() => undefined);
  }
}

async function open(
  { session, names }: ListingContext,
  path: VirtualPath,
  signal: AbortSignal | undefined,
): Promise<RemoteFile> {
  const read = handleAnswer({ action: 'list the directory', path });
  try {
    return await session.requests.ask(
      { type: packetType.opendir, fields: (writer) => writer.string(wirePath(path)) },
      (type, reader) => new RemoteFile(session, read(type, reader), path),
      {
        signal,
        onLate: (late) => {
          late.close().catch(() => undefined);
        },
      },
    );
  } catch (thrown) {
    throw await explain(thrown, names, path);
  }
}

async function explain(thrown: unknown, names: NameRequests, path: VirtualPath): Promise<unknown> {
  if (!(thrown instanceof WherryError) || (thrown.code !== 'io' && thrown.code !== 'not-found'))
    return thrown;
  const found = await names.peek(path, true);
  if (found === null || found.type === 'directory') return thrown;
  return new WherryError('not-directory', 'Cannot list the directory: it is not a directory', { path });
}

function readBatch({ session, handle, path }: RemoteFile, signal: AbortSignal | undefined): Promise<Batch> {
  const batch = session.requests.ask(
    { type: packetType.readdir, fields: (writer) => writer.string(handle) },
    listingAnswer({ action: 'list the directory', path }),
    { signal },
  );
  // Those sent ahead are looked at one after the other; one that fails meanwhile is not forgotten for that.
  batch.catch(() => undefined);
  return batch;
}

/** Leaves out what is no name, asks for what the server left out, and names owners. */
async function completeBatch(
  context: ListingContext,
  listed: {
    readonly path: VirtualPath;
    readonly batch: readonly ListedName[];
    readonly options: ReadDirectoryOptions;
  },
): Promise<readonly Entry[]> {
  const { path, batch, options } = listed;
  const entries: Entry[] = [];
  const incomplete: number[] = [];
  for (const { name, attributes } of batch) {
    if (name === '.' || name === '..') continue;
    if (name === '' || name.includes('/') || name.includes('\0')) {
      context.session.say(`The server listed "${printableName(name)}", which is no name; it is left out`);
      continue;
    }
    if (attributes.type === null || attributes.type === 'symlink') incomplete.push(entries.length);
    entries.push(entryOf(name, attributes));
  }
  await Promise.all(
    incomplete.map(async (index) => {
      const entry = entries[index];
      if (entry === undefined) return;
      entries[index] = await completeEntry(context.names, {
        path: joinName(path, entry.name),
        entry,
        options,
      });
    }),
  );
  return context.identities.name(entries);
}

async function completeEntry(
  names: NameRequests,
  listed: { readonly path: VirtualPath; readonly entry: Entry; readonly options: ReadDirectoryOptions },
): Promise<Entry> {
  const { path, entry, options } = listed;
  const { followSymlinks = false, signal } = options;
  const linkItself = async (): Promise<Entry> => ({
    ...entry,
    linkTarget: await names.readLink(path, { signal }),
  });
  try {
    if (entry.type !== 'symlink') return await names.stat(path, followSymlinks, { signal });
    if (!followSymlinks) return await linkItself();
    const target = await names.peek(path, true);
    return target === null ? await linkItself() : entryOf(entry.name, target);
  } catch (thrown) {
    if (thrown instanceof WherryError && thrown.status === undefined) throw thrown;
    // Gone meanwhile, or leading nowhere: it stays what the listing said.
    return entry;
  }
}
