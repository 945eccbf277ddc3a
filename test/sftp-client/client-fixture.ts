import type { TestContext } from 'node:test';
import type { FileSystem } from '#core/file-system.ts';
import { Secret } from '#core/secret.ts';
import { rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { connectSftp } from '#protocols/sftp/client/connect.ts';
import type { SftpClientOptions } from '#protocols/sftp/client/options.ts';
import type { SftpConnection } from '#protocols/sftp/client/sftp-connection.ts';
import { serveSftp, type SftpOptions } from '#protocols/sftp/server/sftp-server.ts';
import { MemoryFileSystem } from '#storage/memory/memory-file-system.ts';
import { listen, serverOptions, testPassword, testUser } from '../ssh/ssh-fixture.ts';

/** A path that a test writes down. */
export function at(path: string): VirtualPath {
  return path as VirtualPath;
}

/** Options with which a client logs in to the fixture's server, whatever its key. */
export function siteOptions(port: number, changes: Partial<SftpClientOptions> = {}): SftpClientOptions {
  return {
    host: '127.0.0.1',
    port,
    user: testUser,
    credentials: [{ kind: 'password', password: new Secret(testPassword) }],
    judgeHostKey: () => true,
    ...changes,
  };
}

/** A listening server over a tree, and a client of it; both end with the test. */
export async function connectToTree(
  test: TestContext,
  options: {
    readonly fileSystem?: FileSystem;
    readonly server?: Partial<SftpOptions>;
    readonly client?: Partial<SftpClientOptions>;
  } = {},
): Promise<{ readonly connection: SftpConnection; readonly fileSystem: FileSystem; readonly port: number }> {
  const { fileSystem = new MemoryFileSystem() } = options;
  const { port } = await listen(
    test,
    serverOptions({
      openSession: (request) =>
        request.kind === 'subsystem' && request.name === 'sftp'
          ? (channel) => serveSftp(channel, { fileSystem, home: rootPath, user: testUser, ...options.server })
          : null,
    }),
  );
  const connection = await connectSftp(siteOptions(port, options.client));
  test.after(() => connection.close());
  return { connection, fileSystem, port };
}
