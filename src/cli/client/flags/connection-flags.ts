import { readFile } from 'node:fs/promises';
import type { ConnectOptions } from '#client/options.ts';
import type { HostKeyPolicy } from '#client/trust/host-key-policy.ts';
import { UsageError } from '../../exit-codes.ts';
import type { FlagRow, GivenFlags } from './flag-row.ts';
import type { ValueReader } from './values.ts';

/** How a place is reached; the same for every command that speaks to one. */
export const connectionFlags: readonly FlagRow[] = [
  {
    name: 'tls',
    value: 'auto|require|off',
    help: 'TLS of ftp://: use it if offered, insist, or do without (auto)',
  },
  { name: 'insecure', help: 'take any certificate: private, but nobody knows with whom' },
  { name: 'ca', value: 'FILE', help: 'authorities to trust, in PEM' },
  { name: 'cert', value: 'FILE', help: "this client's certificate, in PEM" },
  { name: 'key', value: 'FILE', help: 'the private key of --cert, in PEM' },
  { name: 'pin', value: 'SHA256', multiple: true, help: 'trust this certificate or host key alone' },
  {
    name: 'identity',
    value: 'FILE',
    multiple: true,
    help: 'private key for SSH (those of the agent and of ~/.ssh)',
  },
  { name: 'known-hosts', value: 'FILE', help: 'known host keys (~/.ssh/known_hosts)' },
  {
    name: 'host-keys',
    value: 'ask|accept-new|strict|off',
    help: 'unknown host keys: ask, trust from now on, refuse, or take any (ask; without a terminal strict)',
  },
  { name: 'password-file', value: 'FILE', help: 'read the password from the first line of a file' },
  { name: 'active', help: 'let FTP servers call for data connections' },
  { name: 'passive', help: 'never let them (for many small files over a long way they may)' },
  { name: 'ipv4', help: 'use IPv4 only' },
  { name: 'ipv6', help: 'use IPv6 only' },
  { name: 'timeout', value: 'SECONDS', help: 'longest wait for a reply or for data to move (30)' },
  { name: 'retries', value: 'N', help: 'how often to try again what may work later (3)' },
  { name: 'limit-rate', value: 'BYTES', help: 'octets a second at most, as in 500K or 2M' },
  { name: 'charset', value: 'NAME', help: 'encoding of names where the server does not speak UTF-8' },
  { name: 'proxy', value: 'URL', help: 'go through socks5://HOST:PORT or http://HOST:PORT' },
  { name: 'tunnel', value: 'control|all', help: 'ftp+ssh://: what goes through SSH (all)' },
  { name: 'ftp-port', value: 'N', help: 'ftp+ssh://: the FTP port behind the SSH server (21)' },
  {
    name: 'tftp-mode',
    value: 'octet|netascii',
    help: 'tftp://: netascii turns line ends on the way (octet)',
  },
  { name: 'tftp-block', value: 'OCTETS', help: 'tftp://: block to ask for, 512 asks for none (1428)' },
  { name: 'tftp-window', value: 'BLOCKS', help: 'tftp://: window to ask for, 1 asks for none (32)' },
];

/** How often something may be tried again at most: beyond it a server is not busy but gone. */
const largestRetries = 1000;

/** What the flags say that needs no file to be read. */
export function connectionChoices(given: GivenFlags, read: ValueReader, problems: string[]): ConnectOptions {
  for (const [one, other] of [
    ['ipv4', 'ipv6'],
    ['active', 'passive'],
  ] as const) {
    if (given.has(one) && given.has(other)) problems.push(`--${one} and --${other} exclude each other`);
  }
  return {
    active: given.has('passive') ? false : given.has('active') || undefined,
    family: given.has('ipv4') ? 4 : given.has('ipv6') ? 6 : undefined,
    timeoutMs: read.milliseconds('timeout', given.text('timeout')),
    retries: read.integer('retries', given.text('retries'), [0, largestRetries]),
    bytesPerSecond: read.bytes('limit-rate', given.text('limit-rate')),
    charset: given.text('charset'),
    proxy: given.text('proxy'),
    tunnel: read.word('tunnel', given.text('tunnel'), ['control', 'all']),
    ftpPort: read.integer('ftp-port', given.text('ftp-port'), [1, 65_535]),
    tftp: {
      mode: read.word('tftp-mode', given.text('tftp-mode'), ['octet', 'netascii']),
      blockSize: read.integer('tftp-block', given.text('tftp-block'), [8, 65_464]),
      windowSize: read.integer('tftp-window', given.text('tftp-window'), [1, 65_535]),
    },
    tls: {
      mode: read.word('tls', given.text('tls'), ['auto', 'require', 'off']),
      insecure: given.has('insecure') || undefined,
      pins: given.texts('pin').filter((pin) => !isHostKeyPin(pin)),
    },
    ssh: { hostKeys: hostKeyChoices(given, read) },
  };
}

/** Fingerprints of host keys are written as `ssh-keygen -l` prints them, those of certificates in hex. */
function isHostKeyPin(pin: string): boolean {
  return pin.startsWith('SHA256:');
}

function hostKeyChoices(given: GivenFlags, read: ValueReader): HostKeyPolicy {
  const mode = read.word('host-keys', given.text('host-keys'), ['ask', 'accept-new', 'strict', 'off']);
  const file = given.text('known-hosts');
  const pins = given.texts('pin').filter(isHostKeyPin);
  return {
    mode: mode ?? 'ask',
    knownHostsFiles: file === undefined ? undefined : [file],
    // No pin at all leaves it to the known hosts.
    pins: pins.length === 0 ? undefined : pins,
  };
}

/**
 * Adds what stands in files that flags name.
 *
 * @throws UsageError with every file that cannot be read
 */
export async function readConnectionFiles(
  given: GivenFlags,
  choices: ConnectOptions,
): Promise<ConnectOptions> {
  const problems: string[] = [];
  const contentOf = async (flag: string, file: string | undefined): Promise<string | undefined> => {
    if (file === undefined) return undefined;
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      problems.push(`--${flag} cannot be read: ${(error as Error).message}`);
      return undefined;
    }
  };
  const one = (flag: string): Promise<string | undefined> => contentOf(flag, given.text(flag));
  const ca = await one('ca');
  const certificate = await one('cert');
  const key = await one('key');
  const password = await one('password-file');
  const keys: string[] = [];
  for (const file of given.texts('identity')) keys.push((await contentOf('identity', file)) ?? '');
  if (problems.length > 0) throw new UsageError(problems.join('\nwherry: '));
  return {
    ...choices,
    password: password?.split(/\r?\n/u, 1)[0],
    tls: { ...choices.tls, ca, certificate, key },
    ssh: { ...choices.ssh, keys: keys.length === 0 ? undefined : keys },
  };
}
