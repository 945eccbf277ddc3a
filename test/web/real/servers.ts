import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { scratch, startWherry, type WherryProcess } from '#test/cli/wherry-process.ts';
import { lackingPeer, startPeer } from '#test/interop/servers/index.ts';
import { sshdProgram, startOpenSsh } from '#test/interop/servers/openssh.ts';

/** A server that a pane connects to, as far as a test has to know it. */
export interface RemoteServer {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The directory of this machine in which the login begins. */
  readonly root: string;
  /** Ends it with every session that it has; its files stay. */
  stop(): Promise<void>;
  /** Starts it again, at the same port. */
  restart(): Promise<void>;
}

/** A kind of server and how a site says to speak with it. */
export interface ServerKind {
  readonly name: string;
  readonly protocol: 'ftp' | 'sftp';
  /** False, or the one line that says what is missing. */
  readonly lacking: () => string | false;
  readonly start: (t: Pick<TestContext, 'after'>) => Promise<RemoteServer>;
}

/** The four servers that the page is tested with; FTP over TLS wherever it is spoken. */
export const serverKinds: readonly ServerKind[] = [
  { name: 'wherry', protocol: 'sftp', lacking: () => false, start: (t) => startOwn(t, 'sftp') },
  { name: 'wherry', protocol: 'ftp', lacking: () => false, start: (t) => startOwn(t, 'ftp') },
  { name: 'vsftpd', protocol: 'ftp', lacking: () => lackingPeer('vsftpd'), start: (t) => peer(t, 'vsftpd') },
  {
    name: 'ProFTPD',
    protocol: 'ftp',
    lacking: () => lackingPeer('proftpd'),
    start: (t) => peer(t, 'proftpd'),
  },
  { name: 'OpenSSH', protocol: 'sftp', lacking: lackingOpenSsh, start: openSsh },
];

/** For `skip`, as {@link lackingPeer}. */
export function lackingOpenSsh(): string | false {
  if (process.env['WHERRY_TESTS_COMPLETE'] === '1') return false;
  if (process.getuid?.() !== 0) return 'needs root, to give OpenSSH an account of its own';
  return existsSync(sshdProgram) ? false : 'needs sshd, which the Debian package openssh-server brings';
}

/** A server of this project, with an account called anna. */
export async function startOwn(
  t: Pick<TestContext, 'after'>,
  protocol: 'ftp' | 'sftp',
): Promise<RemoteServer> {
  const [directory, dataDirectory] = [scratch(t), scratch(t)];
  const user = 'anna';
  const password = 'sea water';
  const begin = (port: number): Promise<WherryProcess> => {
    const off = protocol === 'ftp' ? ['--sftp', 'off'] : ['--ftp', 'off'];
    const words = [`--${protocol}`, String(port), ...off, '--ftps', 'off', '--http', 'off'];
    const here = ['--host', '127.0.0.1', '--user', `${user}:${password}`];
    return startWherry(t, { directory, dataDirectory, words: [...words, ...here] });
  };
  let server = await begin(0);
  const port = server.port(protocol);
  return {
    port,
    user,
    password,
    root: directory,
    stop: async () => void (await server.stop('SIGKILL')),
    restart: async () => {
      server = await begin(port);
    },
  };
}

async function peer(t: Pick<TestContext, 'after'>, name: 'vsftpd' | 'proftpd'): Promise<RemoteServer> {
  const server = await startPeer(name, { tls: true });
  t.after(() => server[Symbol.asyncDispose]());
  return server;
}

async function openSsh(t: Pick<TestContext, 'after'>): Promise<RemoteServer> {
  const server = await startOpenSsh();
  t.after(() => server[Symbol.asyncDispose]());
  return server;
}
