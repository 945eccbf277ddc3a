import { join } from 'node:path';
import { runClient, type SftpClient } from './client.ts';
import type { SshServer } from '../peers/ssh-peer.ts';

const node = join(import.meta.dirname, '../../bin/wherry-node');
const driver = join(import.meta.dirname, 'wherry-driver.ts');

/** The command that has wherry's own client do something; `work` is what the driver takes besides the server. */
export function driverCommand(
  server: SshServer,
  work: Readonly<Record<string, string | number | undefined>>,
): readonly string[] {
  const { host, port, user, keyFile, account } = server;
  const site = { host, port, user, keyFile, password: account.password };
  return [node, '--disable-warning=ExperimentalWarning', driver, JSON.stringify({ ...site, ...work })];
}

/** wherry's client as a program of its own. */
export const wherryClient: SftpClient = {
  name: 'wherry',
  packages: [],
  async run({ kind, server, local, remote, cipher, inside }, { cache }) {
    // As it is packed there are no types to strip at every start; this leaves out that part from the sources as well.
    const environment = { NODE_COMPILE_CACHE: join(cache, 'compiled') };
    await runClient([...inside, ...driverCommand(server, { kind, local, remote, cipher })], environment);
  },
};
