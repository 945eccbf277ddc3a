import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { rootPath } from '#core/virtual-path.ts';
import { connectSftp } from '#protocols/sftp/client/connect.ts';
import { serveSftp } from '#protocols/sftp/server/sftp-server.ts';
import { serveSshConnection } from '#protocols/ssh/server/server-connection.ts';
import { storageConformance } from '#storage/conformance.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import { siteOptions } from '../sftp-client/client-fixture.ts';
import { serverOptions, testUser } from '../ssh/ssh-fixture.ts';

storageConformance(
  'SFTP over memory',
  async () => {
    const fileSystem = new MemoryFileSystem();
    const sockets = new Set<Socket>();
    const options = serverOptions({
      openSession: () => (channel) => serveSftp(channel, { fileSystem, home: rootPath, user: testUser }),
    });
    const listener = createServer({ noDelay: true }, (socket) => {
      sockets.add(socket);
      serveSshConnection(socket, options);
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const connection = await connectSftp(siteOptions((listener.address() as AddressInfo).port));
    return {
      fileSystem: connection,
      async dispose() {
        await connection.close();
        listener.close();
        for (const socket of sockets) socket.destroy();
      },
    };
  },
  { subsecondTimes: false, identities: false },
);
