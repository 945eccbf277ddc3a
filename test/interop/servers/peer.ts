import { execFileSync } from 'node:child_process';
import { accessSync, chmodSync, chownSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loopback, waitForGreeting } from '../../../bench/peers/place.ts';
import { startProgram, stopTree } from '../../../bench/processes.ts';

/** The servers of others that can be started here. */
export type PeerName = 'vsftpd' | 'proftpd' | 'pure-ftpd' | 'pyftpdlib';

/** How a server is set up, as far as all of them can be. */
export interface PeerOptions {
  /** Offer AUTH TLS with the certificate of {@link PeerServer.certificate}. Default false. */
  readonly tls?: boolean | undefined;
  /** Refuse data connections that do not resume the TLS session of the control connection. Default false. */
  readonly requireTlsReuse?: boolean | undefined;
}

/** A running server of somebody else's. */
export interface PeerServer<Name extends string = PeerName> extends AsyncDisposable {
  readonly name: Name;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The directory of this machine that is `/` for the user. */
  readonly root: string;
  /** Its certificate in PEM, for `localhost` and 127.0.0.1. */
  readonly certificate: string;
  /** Ends the program with every session that it has; its files stay. */
  stop(): Promise<void>;
  /** Starts what was stopped again, at the same port. */
  restart(): Promise<void>;
}

/** Where programs are that are not installed, because Debian declares their packages to be in conflict. */
export const unpackedRoot = process.env['WHERRY_PEERS'] ?? '/opt/wherry-peers';

const libraries = ['usr/lib/x86_64-linux-gnu', 'usr/lib/aarch64-linux-gnu', 'usr/lib'];

/** The environment in which an unpacked program finds its libraries and modules. */
export const peerEnvironment: Readonly<Record<string, string>> = {
  LD_LIBRARY_PATH: libraries.map((directory) => join(unpackedRoot, directory)).join(':'),
  PYTHONPATH: join(unpackedRoot, 'usr/lib/python3/dist-packages'),
};

/** An installed program, or an unpacked one; null when it is neither. */
export function findPeerProgram(path: string): string | null {
  for (const program of [path, join(unpackedRoot, path)]) {
    try {
      accessSync(program, constants.X_OK);
      return program;
    } catch {
      // The other place may have it.
    }
  }
  return null;
}

export const account = { user: 'wherry', password: 'sea water', id: 61_236 } as const;

/** Directories and keys of one server, gone with it. */
export class PeerPlace {
  readonly directory: string;
  readonly root: string;
  readonly certificate: string;
  readonly privateKey: string;
  readonly both: string;

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'wherry-peer-'));
    chmodSync(this.directory, 0o755);
    this.root = join(this.directory, 'files');
    mkdirSync(this.root);
    chmodSync(this.root, 0o777);
    if (process.getuid?.() === 0) chownSync(this.root, account.id, account.id);
    this.certificate = join(this.directory, 'certificate.pem');
    this.privateKey = join(this.directory, 'key.pem');
    this.both = join(this.directory, 'both.pem');
    const request =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost';
    const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const files = ['-keyout', this.privateKey, '-out', this.certificate];
    execFileSync('openssl', [...request.split(' '), ...names, ...files], { stdio: 'ignore' });
    execFileSync('sh', [
      '-c',
      'umask 077; cat "$1" "$2" > "$3"',
      'sh',
      this.privateKey,
      this.certificate,
      this.both,
    ]);
  }

  /** Writes a file of the configuration; gives its path. */
  async write(name: string, text: string): Promise<string> {
    const path = join(this.directory, name);
    mkdirSync(dirname(path), { recursive: true });
    await writeFile(path, text, { mode: 0o600 });
    return path;
  }

  /** Removes a key with its public half. */
  removeKey(name: string): void {
    for (const one of [name, `${name}.pub`]) rmSync(join(this.directory, one), { force: true });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The `crypt` hash of the account's password. */
export function passwordHash(): string {
  return execFileSync('openssl', ['passwd', '-6', account.password], { encoding: 'utf8' }).trim();
}

/** A TCP port of loopback that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  if (address === null || typeof address === 'string') throw new Error('There is no free port');
  return address.port;
}

/** Runs a server's program on a port until it greets. */
export async function startPeerProgram<Name extends string>(
  name: Name,
  place: PeerPlace,
  program: { readonly command: readonly string[]; readonly port: number; readonly greeting?: string },
): Promise<PeerServer<Name>> {
  const start = async (): Promise<ReturnType<typeof startProgram>> => {
    const started = startProgram(program.command, { env: { ...process.env, ...peerEnvironment } });
    try {
      await waitForGreeting(started, loopback, { greeting: '220', ...program });
    } catch (thrown) {
      await stopTree(started.child);
      throw thrown;
    }
    return started;
  };
  let running = await start().catch((thrown: unknown) => {
    place.remove();
    throw thrown;
  });
  return {
    name,
    host: '127.0.0.1',
    port: program.port,
    user: account.user,
    password: account.password,
    root: place.root,
    certificate: place.certificate,
    stop: () => stopTree(running.child),
    restart: async () => {
      running = await start();
    },
    [Symbol.asyncDispose]: async () => {
      await stopTree(running.child);
      place.remove();
    },
  };
}
