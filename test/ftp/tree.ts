import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { decodeName } from '#core/name-encoding.ts';
import { joinName, resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import type { RawClient } from './harness.ts';

/** The virtual path of a test's file. */
export function at(path: string): VirtualPath {
  return resolveVirtualPath(rootPath, path);
}

/** Writes a file behind the server's back, by any name that the storage takes. */
export async function put(
  fileSystem: FileSystem,
  path: string,
  content: string | Uint8Array = '',
): Promise<void> {
  const handle = await fileSystem.openWrite(at(path), { disposition: 'replace', mode: 0o644 });
  await handle.write(Buffer.from(content), 0);
  await handle.finish();
}

/** Writes an empty file whose name is these octets. */
export async function putOctets(fileSystem: FileSystem, name: Uint8Array): Promise<void> {
  const handle = await fileSystem.openWrite(joinName(rootPath, decodeName(name)), { disposition: 'replace' });
  await handle.finish();
}

/** Everything of a file. */
export async function contentOf(fileSystem: FileSystem, path: string): Promise<string> {
  const handle = await fileSystem.openRead(at(path));
  try {
    const buffer = Buffer.alloc(handle.entry.size ?? 0);
    const count = await handle.read(buffer, 0);
    return buffer.toString('latin1', 0, count);
  } finally {
    await handle.close();
  }
}

/** The lines of a listing as it came, one character an octet. */
export function linesOf(listing: Buffer): string[] {
  const text = listing.toString('latin1');
  if (text === '') return [];
  if (!text.endsWith('\r\n'))
    throw new Error(`The last line does not end: ${JSON.stringify(text.slice(-40))}`);
  return text.slice(0, -2).split('\r\n');
}

/** Whether a name is taken, by a dangling link too. */
export async function exists(fileSystem: FileSystem, path: string): Promise<boolean> {
  try {
    await fileSystem.stat(at(path), { followSymlink: false });
    return true;
  } catch (thrown) {
    if (thrown instanceof WherryError && thrown.code === 'not-found') return false;
    throw thrown;
  }
}

/** The lines that a listing command sends over a fresh data connection. */
export async function list(client: RawClient, command: string): Promise<string[]> {
  return linesOf(await client.download(command));
}
