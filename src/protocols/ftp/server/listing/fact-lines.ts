import type { Account } from '#core/account.ts';
import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { parentOf, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { createFactFormatter, type FactFormatter } from '../../wire/facts.ts';
import type { FtpConnection } from '../connection.ts';
import { isAbsence } from './expand-glob.ts';
import { oneAhead } from './one-ahead.ts';
import { createPermOf, currentIdentity, permOfOne } from './perm.ts';

/**
 * The lines of MLSD with their CRLF, many a piece: the directory itself and the one above it, then what it holds.
 * A link counts as what it points to; one that points nowhere, or out of the tree, as itself.
 *
 * @throws WherryError `invalid-argument` for what is no directory (RFC 3659 section 7.2.1 wants 501)
 */
export async function* factLines(connection: FtpConnection, path: VirtualPath): AsyncGenerator<string> {
  const { fileSystem, state } = connection;
  const { facts } = state.parameters;
  const own = await fileSystem.stat(path);
  if (own.type !== 'directory') throw new WherryError('invalid-argument', 'Not a directory', { path });
  const permOf = createPermOf({
    account: accountOf(connection),
    directory: path,
    directoryEntry: own,
    identity: currentIdentity(),
  });
  const format = createFactFormatter(facts, { permOf });
  // Only their type tells these two from entries of such a name.
  let text = facts.has('type') ? await roleLines(fileSystem, { path, own, format }) : '';
  for await (const batch of oneAhead(fileSystem.readDirectory(path, { followSymlinks: true }))) {
    for (const entry of batch) text += `${format(entry)}\r\n`;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

async function roleLines(
  fileSystem: FileSystem,
  { path, own, format }: { readonly path: VirtualPath; readonly own: Entry; readonly format: FactFormatter },
): Promise<string> {
  const current = `${format(own, { role: 'current', name: '.' })}\r\n`;
  if (path === rootPath) return current;
  try {
    const parent = await fileSystem.stat(parentOf(path));
    return `${current}${format(parent, { role: 'parent', name: '..' })}\r\n`;
  } catch (thrown) {
    if (isAbsence(thrown)) return current;
    throw thrown;
  }
}

/** The line of MLST about one path, without its line end; the path stands in it whole. */
export async function factLine(connection: FtpConnection, path: VirtualPath): Promise<string> {
  const { fileSystem, state } = connection;
  const { facts } = state.parameters;
  const entry = await seen(fileSystem, path);
  if (!facts.has('perm')) return createFactFormatter(facts)(entry, { name: path });
  const directoryEntry = await visibleParent(fileSystem, path);
  const empty = entry.type === 'directory' && (await isEmpty(fileSystem, path));
  const source = { account: accountOf(connection), directoryEntry, identity: currentIdentity() };
  const perm = permOfOne(source, path, { entry, empty });
  return createFactFormatter(facts, { permOf: () => perm })(entry, { name: path });
}

/** What a path leads to, or the link itself where it leads nowhere. */
async function seen(fileSystem: FileSystem, path: VirtualPath): Promise<Entry> {
  try {
    return await fileSystem.stat(path);
  } catch (thrown) {
    if (!isAbsence(thrown)) throw thrown;
    const entry = await fileSystem.stat(path, { followSymlink: false });
    // What is no link and still could not be told of is worth its own error.
    if (entry.type === 'symlink') return entry;
    throw thrown;
  }
}

async function visibleParent(fileSystem: FileSystem, path: VirtualPath): Promise<Entry | null> {
  try {
    return await fileSystem.stat(parentOf(path));
  } catch {
    return null;
  }
}

/** Whether a directory holds nothing; one that cannot be read does not count as empty. */
async function isEmpty(fileSystem: FileSystem, path: VirtualPath): Promise<boolean> {
  try {
    for await (const batch of fileSystem.readDirectory(path)) if (batch.length > 0) return false;
    return true;
  } catch {
    return false;
  }
}

function accountOf({ session }: FtpConnection): Account {
  if (session.account === null) throw new WherryError('login-refused', 'Please log in with USER and PASS');
  return session.account;
}
