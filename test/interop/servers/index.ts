/**
 * Servers of others, started as they come with Debian, to be talked to by tests.
 * `await using server = await startPeer('vsftpd', { tls: true })`.
 */
import { execFileSync } from 'node:child_process';
import {
  findPeerProgram,
  peerEnvironment,
  type PeerName,
  type PeerOptions,
  type PeerServer,
} from './peer.ts';
import { startProftpd } from './proftpd.ts';
import { startPureFtpd } from './pure-ftpd.ts';
import { startPyftpdlib } from './pyftpdlib.ts';
import { startVsftpd } from './vsftpd.ts';

export type { PeerName, PeerOptions, PeerServer } from './peer.ts';

interface PeerKind {
  readonly program: string;
  readonly debianPackage: string;
  /** Whether it needs an account of the system, and so root to make one for it alone. */
  readonly needsRoot: boolean;
  readonly start: (program: string, options: PeerOptions) => Promise<PeerServer>;
}

const kinds: Readonly<Record<PeerName, PeerKind>> = {
  vsftpd: { program: '/usr/sbin/vsftpd', debianPackage: 'vsftpd', needsRoot: true, start: startVsftpd },
  proftpd: {
    program: '/usr/sbin/proftpd',
    debianPackage: 'proftpd-core',
    needsRoot: true,
    start: startProftpd,
  },
  'pure-ftpd': {
    program: '/usr/sbin/pure-ftpd',
    debianPackage: 'pure-ftpd',
    needsRoot: true,
    start: startPureFtpd,
  },
  pyftpdlib: {
    program: '/usr/bin/python3',
    debianPackage: 'python3-pyftpdlib',
    needsRoot: false,
    start: startPyftpdlib,
  },
};

/** Every server that can be started. */
export const peerNames = Object.keys(kinds) as readonly PeerName[];

/**
 * For `skip`: false, or the one line that says what is missing. Where the environment promises that everything is
 * installed (`WHERRY_TESTS_COMPLETE=1`) nothing is skipped, and the tests fail.
 */
export function lackingPeer(name: PeerName): string | false {
  if (process.env['WHERRY_TESTS_COMPLETE'] === '1') return false;
  const { program, debianPackage, needsRoot } = kinds[name];
  if (needsRoot && process.getuid?.() !== 0) return `needs root, to give ${name} an account of its own`;
  const missing = findPeerProgram(program) === null || (name === 'pyftpdlib' && !hasPyftpdlib());
  return missing ? `needs ${name}, which the Debian package ${debianPackage} brings` : false;
}

function hasPyftpdlib(): boolean {
  try {
    const env = { ...process.env, ...peerEnvironment };
    execFileSync('/usr/bin/python3', ['-c', 'import pyftpdlib.handlers'], { stdio: 'ignore', env });
    return true;
  } catch {
    return false;
  }
}

/** Starts a server over an empty directory; it is gone, with all that it held, when it is disposed of. */
export async function startPeer(name: PeerName, options: PeerOptions = {}): Promise<PeerServer> {
  const { program, start } = kinds[name];
  const found = findPeerProgram(program);
  if (found === null) throw new Error(`${name} is neither installed nor unpacked`);
  return start(found, options);
}
