import type { TestContext } from 'node:test';
import type { FileSystem } from '#core/file-system.ts';
import { resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { makeScratchTree, type ScratchTree } from '#test/storage/scratch.ts';

/** A path from the root of a tree. */
export function at(path: string): VirtualPath {
  return resolveVirtualPath(rootPath, path);
}

/** A local tree that goes with the test. */
export async function scratch(t: TestContext): Promise<ScratchTree> {
  const tree = await makeScratchTree();
  t.after(() => tree.dispose());
  return tree;
}

/** Octets that differ from place to place, and always are the same. */
export function pattern(size: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  let state = seed >>> 0 || 1;
  for (let index = 0; index < size; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** Writes a whole file, at a time if one is given. */
export async function put(
  fileSystem: FileSystem,
  path: string,
  content: string | Uint8Array,
  modifiedAt?: number,
): Promise<void> {
  const handle = await fileSystem.openWrite(at(path));
  await handle.write(Buffer.from(content), 0);
  await handle.finish();
  if (modifiedAt !== undefined) await fileSystem.setAttributes(at(path), { modifiedAt });
}

/** Reads a whole file. */
export async function get(fileSystem: FileSystem, path: string): Promise<Buffer> {
  const handle = await fileSystem.openRead(at(path));
  try {
    const bytes = Buffer.alloc(handle.entry.size ?? 0);
    let filled = 0;
    while (filled < bytes.length) {
      const count = await handle.read(bytes.subarray(filled), filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  } finally {
    await handle.close();
  }
}

/** Names in a directory, sorted. */
export async function names(fileSystem: FileSystem, path = '/'): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const batch of fileSystem.readDirectory(at(path))) found.push(...batch.map(({ name }) => name));
  return found.sort();
}
