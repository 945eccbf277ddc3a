import type { FtpClientOptions } from '#protocols/ftp/client/options.ts';
import { connectFtp, type FtpConnection } from '#protocols/ftp/client/ftp-client.ts';
import { resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import type { ConversationLine } from '#core/connection.ts';
import type { Entry } from '#core/entry.ts';
import type { FileSystem, ReadHandle } from '#core/file-system.ts';
import { passwords, type TestServer } from '#test/ftp/harness.ts';

/** A path of the tree. */
export function at(path: string): VirtualPath {
  return resolveVirtualPath(rootPath, path);
}

/** A connection to a test server as `alice`, with everything that was said on it. */
export interface Client extends AsyncDisposable {
  readonly connection: FtpConnection;
  readonly said: readonly ConversationLine[];
  /** The commands that were sent, in order. */
  commands(): readonly string[];
}

/** Connects to any server and keeps the conversation. */
export async function connectTo(options: FtpClientOptions): Promise<Client> {
  const said: ConversationLine[] = [];
  const connection = await connectFtp({ ...options, onConversation: (line) => said.push(line) });
  return {
    connection,
    said,
    commands: () => said.filter(({ kind }) => kind === 'command').map(({ text }) => text),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

/** Logs in at a test server. */
export async function login(server: TestServer, options: Partial<FtpClientOptions> = {}): Promise<Client> {
  const implicit = options.tls === 'implicit';
  return connectTo({
    host: server.host,
    port: server.port(implicit ? 'ftps' : 'ftp'),
    user: 'alice',
    password: passwords.alice,
    tls: 'off',
    ...options,
  });
}

/** Everything a directory holds, sorted by name. */
export async function listAll(fileSystem: FileSystem, path = '/'): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const batch of fileSystem.readDirectory(at(path))) entries.push(...batch);
  return entries.sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** Reads a file through its handle, as far as it goes. */
export async function readWhole(handle: ReadHandle, start = 0): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let position = start; ;) {
    const buffer = Buffer.alloc(100_000);
    const count = await handle.read(buffer, position);
    if (count === 0) break;
    parts.push(buffer.subarray(0, count));
    position += count;
  }
  await handle.close();
  return Buffer.concat(parts);
}

/** Writes a file whole. */
export async function store(
  fileSystem: FileSystem,
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  const handle = await fileSystem.openWrite(at(path));
  await handle.write(Buffer.from(content), 0);
  await handle.finish();
}

/** Octets without a pattern, the same each time. */
export function sample(length: number): Buffer {
  const octets = Buffer.alloc(length);
  let state = 0x9e3779b9;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    octets[index] = state >>> 24;
  }
  return octets;
}
