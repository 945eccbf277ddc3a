import type { TestContext } from 'node:test';
import { fixedAccounts } from '#accounts/index.ts';
import { connect } from '#client/connect/connect.ts';
import type { ConnectOptions } from '#client/options.ts';
import type { RemoteConnection } from '#client/remote/remote-connection.ts';
import type { FileSystem } from '#core/file-system.ts';
import { LoginDefence } from '#engine/login-defence.ts';
import { createServer, type ServerOptions, type WherryServer } from '#server/create-server.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import { makeTls } from '#test/ftp/tls-harness.ts';

/** A server of every protocol in this process, and how to reach it. */
export interface Served {
  readonly server: WherryServer;
  readonly fileSystem: FileSystem;
  port(protocol: 'ftp' | 'ftps' | 'sftp' | 'tftp'): number;
  /** An address of a scheme, with user and password for those that have them. */
  address(scheme: string, path?: string): string;
  /** Options that trust this server, whatever the scheme. */
  readonly options: ConnectOptions;
  /** A connection that is closed with the test. */
  connect(scheme: string, path?: string, options?: ConnectOptions): Promise<RemoteConnection>;
}

const user = 'alice';
const password = 'wonder land';

/** Which listener answers each scheme. */
const listeners = {
  ftp: 'ftp',
  ftpes: 'ftp',
  ftps: 'ftps',
  'ftp+ssh': 'sftp',
  sftp: 'sftp',
  scp: 'sftp',
  tftp: 'tftp',
} as const;

/** Starts a server on free ports of loopback that is stopped with the test. */
export async function serve(
  t: Pick<TestContext, 'after'>,
  options: Partial<ServerOptions> & { readonly fileSystem?: FileSystem } = {},
): Promise<Served> {
  const { fileSystem = new MemoryFileSystem(), ...rest } = options;
  const server = await createServer({
    accounts: fixedAccounts([{ name: user, password, fileSystem }]),
    storage: fileSystem,
    defence: new LoginDefence({ exempt: () => true }),
    tls: await makeTls(),
    tftp: { write: 'overwrite' },
    passivePorts: [0, 0],
    ...rest,
    listen: { host: '127.0.0.1', ...(rest.listen ?? { ftp: 0, ftps: 0, sftp: 0, tftp: 0 }) },
  });
  t.after(() => server.close({ graceMs: 0 }));
  const port = (protocol: string): number => {
    const found = server.listeners.find((listener) => listener.protocol === protocol);
    if (found === undefined) throw new Error(`The server does not listen for ${protocol}`);
    return found.port;
  };
  const address = (scheme: string, path = ''): string => {
    const login = scheme === 'tftp' ? '' : `${user}:${encodeURIComponent(password)}@`;
    return `${scheme}://${login}127.0.0.1:${port(listeners[scheme as keyof typeof listeners])}/${path}`;
  };
  const trusting: ConnectOptions = {
    tls: { insecure: true },
    ssh: { hostKeys: { mode: 'off', knownHostsFiles: [] }, agent: false },
    ftpPort: port('ftp'),
  };
  return {
    server,
    fileSystem,
    port,
    address,
    options: trusting,
    connect: async (scheme, path, extra = {}) => {
      const remote = await connect(address(scheme, path), { ...trusting, ...extra });
      t.after(() => remote.close());
      return remote;
    },
  };
}
