import type { Entry } from '#core/entry.ts';
import type { FileSystem } from '#core/file-system.ts';
import { joinName, parentOf, resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import type { StreamEnd } from '../../../contract/page/common.ts';
import type { ChangeLine } from '../../../contract/page/files.ts';
import { failureOf } from '../page-failure.ts';
import type { PagePlaces } from '../page-service.ts';
import { walk } from './walk.ts';

type Line = Exclude<ChangeLine, StreamEnd>;

/** How often the page is told how far it is. */
const tellIntervalMs = 100;

/** Removes files, links and directories with all they hold. What cannot be removed is told and the rest goes on. */
export async function* deleteAll(
  places: PagePlaces,
  { connection, paths }: { readonly connection: string; readonly paths: readonly string[] },
  signal: AbortSignal,
): AsyncGenerator<Line> {
  const fileSystem = places.fileSystemOf(connection);
  const told = new Pace();
  for (const path of paths.map((given) => resolveVirtualPath(rootPath, given))) {
    yield* attempt(path, told, async function* () {
      const entry = await fileSystem.stat(path, { signal, followSymlink: false });
      yield* entry.type === 'directory'
        ? deleteDirectory(fileSystem, path, told, signal)
        : deleteOne(path, told, () => fileSystem.removeFile(path, { signal }));
    });
    places.changed(connection, parentOf(path));
  }
  yield { done: told.done, path: paths.at(-1) ?? '/' };
}

async function* deleteDirectory(
  fileSystem: FileSystem,
  top: VirtualPath,
  told: Pace,
  signal: AbortSignal,
): AsyncGenerator<Line> {
  const directories: VirtualPath[] = [top];
  const remove = (path: VirtualPath): AsyncGenerator<Line> =>
    deleteOne(path, told, () => fileSystem.removeFile(path, { signal }));
  // Listings are read whole before anything in them goes: some servers lose their place otherwise.
  for (let index = 0; index < directories.length; index += 1) {
    const directory = directories[index] ?? top;
    const entries: Entry[] = [];
    for await (const batch of fileSystem.readDirectory(directory, { signal })) entries.push(...batch);
    for (const { name, type } of entries) {
      const path = joinName(directory, name);
      if (type === 'directory') directories.push(path);
      else yield* remove(path);
    }
  }
  for (const directory of directories.reverse())
    yield* deleteOne(directory, told, () => fileSystem.removeDirectory(directory, { signal }));
}

async function* deleteOne(
  path: VirtualPath,
  told: Pace,
  remove: () => void | PromiseLike<void>,
): AsyncGenerator<Line> {
  yield* attempt(path, told, async function* () {
    await remove();
    if (told.step()) yield { done: told.done, path };
  });
}

/** Sets and clears permission bits, of what is below directories too where that is wanted. Links are passed over. */
export async function* changeModes(
  places: PagePlaces,
  request: {
    readonly connection: string;
    readonly paths: readonly string[];
    readonly set: number;
    readonly clear: number;
    readonly recursive: 'no' | 'all' | 'files' | 'directories';
  },
  signal: AbortSignal,
): AsyncGenerator<Line> {
  const { connection, set, clear, recursive } = request;
  const fileSystem = places.fileSystemOf(connection);
  const told = new Pace();
  const change = (path: VirtualPath, entry: Entry): AsyncGenerator<Line> =>
    attempt(path, told, async function* () {
      const skipped = { no: null, all: null, files: 'directory', directories: 'file' }[recursive];
      if (entry.type === 'symlink' || entry.type === skipped) return;
      const mode = entry.mode ?? (await fileSystem.stat(path, { signal })).mode ?? 0;
      await fileSystem.setAttributes(path, { mode: ((mode & ~clear) | set) & 0o7777 }, { signal });
      if (told.step()) yield { done: told.done, path };
    });
  for (const path of request.paths.map((given) => resolveVirtualPath(rootPath, given))) {
    yield* attempt(path, told, async function* () {
      const entry = await fileSystem.stat(path, { signal });
      if (recursive !== 'no' && entry.type === 'directory') {
        for await (const { directory, entry: found } of walk(fileSystem, path, signal))
          yield* change(joinName(directory, found.name), found);
      }
      // A directory that loses the bit to be entered goes last.
      yield* change(path, entry);
    });
    places.changed(connection, parentOf(path));
  }
  yield { done: told.done, path: request.paths.at(-1) ?? '/' };
}

/** Runs one step of a change; what it throws becomes a line, unless everything was stopped. */
async function* attempt(
  path: VirtualPath,
  told: Pace,
  step: () => AsyncGenerator<Line>,
): AsyncGenerator<Line> {
  try {
    yield* step();
  } catch (thrown) {
    const failed = failureOf(thrown, 'change it');
    if (endsAll.has(failed.code)) throw thrown;
    told.failed += 1;
    yield { failed, path };
  }
}

/** After these nothing else can succeed either. */
const endsAll: ReadonlySet<string> = new Set(['aborted', 'closed', 'connection-lost', 'timeout']);

/** Counts, and says when it is time to tell. */
class Pace {
  done = 0;
  failed = 0;
  #toldAtMs = performance.now();

  step(): boolean {
    this.done += 1;
    if (performance.now() - this.#toldAtMs < tellIntervalMs) return false;
    this.#toldAtMs = performance.now();
    return true;
  }
}
