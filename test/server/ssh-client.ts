import { once } from 'node:events';
import { connect } from 'node:net';
import type { TestContext } from 'node:test';
import { Secret } from '#core/secret.ts';
import { connectSsh, type SshClientConnection } from '#protocols/ssh/client/client-connection.ts';

/** An SSH connection of our own, which says what no program would. */
export interface Client {
  readonly ssh: SshClientConnection;
  readonly localPort: number;
}

/** Logs in; the connection ends with the test. */
export async function logIn(
  t: TestContext,
  port: number,
  {
    user,
    password,
    from = '127.0.0.1',
  }: { readonly user: string; readonly password: string; readonly from?: string },
): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from, noDelay: true });
  await once(socket, 'connect');
  const { localPort = 0 } = socket;
  t.after(() => socket.destroy());
  const ssh = await connectSsh(socket, {
    user,
    credentials: [{ kind: 'password', password: new Secret(password) }],
    verifyHostKey: () => undefined,
  });
  t.after(() => {
    ssh.close();
  });
  return { ssh, localPort };
}
