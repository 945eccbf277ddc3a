import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { nameOf, parentOf, resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { pagePrefix } from '../../../contract/page/common.ts';
import type { EntryRecord } from '../../../contract/page/files.ts';
import type { PageHandlers, PagePlaces, PageStreams } from '../page-service.ts';
import type { TicketStore } from '../tickets.ts';
import { checksumLines } from './checksum.ts';
import { entryRecord, entryRecords } from './entry-record.ts';
import { changeModes, deleteAll } from './file-changes.ts';
import { findEntry } from './find-entry.ts';
import { search } from './search.ts';
import { readTextFile, writeTextFile } from './text-file.ts';
import { isName, walk } from './walk.ts';

/** What the routes of files stand on. */
export interface FileRoutesOptions {
  readonly places: PagePlaces;
  readonly tickets: TicketStore;
  /** Regular expressions in searches, which can be made to take for ever. */
  readonly regexAllowed: boolean;
}

interface At {
  readonly fileSystem: FileSystem;
  readonly path: VirtualPath;
}

/** Answers for everything that the page does with files of whatever tree. */
export function fileHandlers({ places, tickets }: FileRoutesOptions): PageHandlers {
  const at = (place: { readonly connection: string; readonly path: string }): At => ({
    fileSystem: places.fileSystemOf(place.connection),
    path: resolveVirtualPath(rootPath, place.path),
  });
  const changed = async (connection: string, { fileSystem, path }: At): Promise<EntryRecord> => {
    places.changed(connection, parentOf(path));
    return describe(fileSystem, path);
  };
  return {
    'POST /files/stat': async ({ body }) => {
      const { fileSystem, path } = at(body);
      return describe(fileSystem, path);
    },
    'POST /files/space': async ({ body, signal }) => {
      const { fileSystem, path } = at(body);
      if (fileSystem.space === undefined || !fileSystem.capabilities.space)
        throw new WherryError('not-supported', 'This place does not tell how much room there is');
      const { totalBytes, availableBytes } = await fileSystem.space(path, { signal });
      return { totalBytes, availableBytes };
    },
    'POST /files/directory': async ({ body, signal }) => {
      const target = at(body);
      if (body.parents === true) await makeParents(target);
      await target.fileSystem.makeDirectory(target.path, { signal });
      return changed(body.connection, target);
    },
    'POST /files/create': async ({ body, signal }) => {
      const target = at(body);
      const handle = await target.fileSystem.openWrite(target.path, {
        disposition: 'create',
        signal,
        size: 0,
      });
      await handle.finish();
      return changed(body.connection, target);
    },
    'POST /files/rename': async ({ body, signal }) => {
      const from = at({ connection: body.connection, path: body.from });
      const to = at({ connection: body.connection, path: body.to });
      await from.fileSystem.rename(from.path, to.path, { overwrite: body.overwrite === true, signal });
      places.changed(body.connection, parentOf(from.path));
      return changed(body.connection, to);
    },
    'POST /files/times': async ({ body, signal }) => {
      const target = at(body);
      await target.fileSystem.setAttributes(target.path, { modifiedAt: body.modifiedAt }, { signal });
      return changed(body.connection, target);
    },
    'POST /files/symlink': async ({ body, signal }) => {
      const target = at(body);
      if (target.fileSystem.createSymlink === undefined)
        throw new WherryError('not-supported', 'This place has no symbolic links');
      await target.fileSystem.createSymlink(body.target, target.path, { signal });
      return changed(body.connection, target);
    },
    'POST /files/text': async ({ body, signal }) => {
      const { fileSystem, path } = at(body);
      return readTextFile(fileSystem, path, signal);
    },
    'PUT /files/text': async ({ body, signal }) => {
      const { fileSystem, path } = at(body);
      const version = await writeTextFile(fileSystem, path, body, signal);
      places.changed(body.connection, parentOf(path));
      return { version };
    },
    'POST /files/ticket': ({ body }) => {
      const { connection, disposition, archive } = body;
      places.fileSystemOf(connection);
      const paths = body.paths.map((path) => resolveVirtualPath(rootPath, path));
      const { id, expiresAt } = tickets.issue({ connection, paths, disposition, archive: archive === 'zip' });
      return { url: `${pagePrefix}/content/${id}`, expiresAt };
    },
  };
}

/** Streams of listings, sums, finds and changes of many files. */
export function fileStreams({ places, regexAllowed }: FileRoutesOptions): PageStreams {
  return {
    async *'POST /files/list'({ body, signal }) {
      const fileSystem = places.fileSystemOf(body.connection);
      const path = resolveVirtualPath(rootPath, body.path);
      // Links are looked at when the listing has ended: that may need the connection which it comes over.
      const links: Entry[] = [];
      let told = false;
      for await (const batch of fileSystem.readDirectory(path, { signal })) {
        told = true;
        const entries: EntryRecord[] = [];
        for (const entry of batch) {
          if (!isName(entry.name)) continue;
          if (entry.type === 'symlink') links.push(entry);
          else entries.push(entryRecord(entry));
        }
        if (entries.length > 0) yield { entries };
      }
      if (links.length > 0 || !told) yield { entries: await entryRecords(fileSystem, path, links) };
    },
    async *'POST /files/sizes'({ body, signal }) {
      const fileSystem = places.fileSystemOf(body.connection);
      for (const path of body.paths) {
        const top = resolveVirtualPath(rootPath, path);
        const sum = { bytes: 0, files: 0, directories: 0 };
        let toldAtMs = performance.now();
        const { type, size } = await fileSystem.stat(top, { signal });
        if (type !== 'directory') Object.assign(sum, { bytes: size ?? 0, files: 1 });
        else {
          for await (const { entry } of walk(fileSystem, top, signal)) {
            if (entry.type === 'directory') sum.directories += 1;
            else sum.files += 1;
            if (entry.type === 'file') sum.bytes += entry.size ?? 0;
            if (performance.now() - toldAtMs < sumIntervalMs) continue;
            toldAtMs = performance.now();
            yield { ...sum, path, final: false };
          }
        }
        yield { ...sum, path, final: true };
      }
    },
    'POST /files/search': ({ body, signal }) => search(places, body, { regexAllowed, signal }),
    'POST /files/delete': ({ body, signal }) => deleteAll(places, body, signal),
    'POST /files/mode': ({ body, signal }) => changeModes(places, body, signal),
    async *'POST /files/checksum'({ body, signal }) {
      const path = resolveVirtualPath(rootPath, body.path);
      yield* checksumLines(places.fileSystemOf(body.connection), path, { algorithm: body.algorithm, signal });
    },
  };
}

const sumIntervalMs = 300;

async function describe(fileSystem: FileSystem, path: VirtualPath): Promise<EntryRecord> {
  const entry = await fileSystem.stat(path, { followSymlink: false });
  const named = path === rootPath ? entry : { ...entry, name: nameOf(path) };
  if (entry.type !== 'symlink') return entryRecord(named);
  const [record] = await entryRecords(fileSystem, parentOf(path), [named]);
  return record ?? entryRecord(named);
}

/** Makes the missing directories above a path. */
async function makeParents({ fileSystem, path }: At): Promise<void> {
  const missing: VirtualPath[] = [];
  for (let above = parentOf(path); above !== rootPath; above = parentOf(above)) {
    const there = await findEntry(fileSystem, above);
    if (there !== null) break;
    missing.push(above);
  }
  for (const above of missing.reverse()) await fileSystem.makeDirectory(above);
}
