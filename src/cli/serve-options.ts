import { parseArgs } from 'node:util';
import { Secret } from '#core/secret.ts';
import { parseAddress, parseNetwork } from '#protocols/ftp/wire/address.ts';
import type { SessionReusePolicy } from '#protocols/ftp/server/options.ts';
import type { AlgorithmSetName } from '#protocols/ssh/algorithms.ts';
import type { TftpWritePolicy } from '#protocols/tftp/server/options.ts';
import type { LogDetail } from '#server/log/log-detail.ts';
import { UsageError } from './exit-codes.ts';

/** An account given with `--user`. */
export interface TrialUser {
  readonly name: string;
  readonly password: Secret;
  readonly rights: 'r' | 'rw';
}

/** What the words behind `wherry serve` say. */
export interface ServeOptions {
  readonly directory: string;
  readonly dataDirectory: string | null;
  readonly host: string;
  /** Port, or null for off. */
  readonly ftp: number | null;
  readonly ftps: number | null;
  readonly sftp: number | null;
  readonly tftp: number | null;
  readonly tunnel: boolean;
  readonly sshAlgorithms: AlgorithmSetName;
  readonly tftpWrite: TftpWritePolicy;
  readonly passivePorts: readonly [number, number];
  readonly passiveAddress: string | null;
  readonly users: readonly TrialUser[];
  readonly anonymous: boolean;
  readonly readOnly: boolean;
  readonly requireTls: boolean;
  readonly tlsSessionReuse: SessionReusePolicy;
  readonly fxpNetworks: readonly string[];
  readonly tlsCertificates: readonly { readonly certificateFile: string; readonly keyFile: string }[];
  readonly clientCertificates: 'off' | 'optional' | 'required';
  readonly clientAuthority: string | null;
  readonly proxyNetworks: readonly string[];
  readonly durability: 'os' | 'disk';
  readonly maximumSessionsPerAddress: number;
  readonly idleTimeoutMs: number | null;
  readonly graceMs: number;
  /** How much the log tells. */
  readonly log: LogDetail;
  readonly json: boolean;
}

const flags = {
  'data-dir': { type: 'string' },
  host: { type: 'string' },
  ftp: { type: 'string' },
  ftps: { type: 'string' },
  sftp: { type: 'string' },
  tftp: { type: 'string' },
  http: { type: 'string' },
  tunnel: { type: 'string' },
  'ssh-algorithms': { type: 'string' },
  'tftp-write': { type: 'string' },
  'passive-ports': { type: 'string' },
  'passive-address': { type: 'string' },
  user: { type: 'string', multiple: true },
  anonymous: { type: 'boolean' },
  'read-only': { type: 'boolean' },
  'require-tls': { type: 'boolean' },
  'tls-session-reuse': { type: 'string' },
  'tls-certificate': { type: 'string', multiple: true },
  'tls-key': { type: 'string', multiple: true },
  'tls-client-certificates': { type: 'string' },
  'tls-client-ca': { type: 'string' },
  fxp: { type: 'string', multiple: true },
  'proxy-protocol': { type: 'string', multiple: true },
  durability: { type: 'string' },
  'max-per-address': { type: 'string' },
  'idle-timeout': { type: 'string' },
  grace: { type: 'string' },
  log: { type: 'string' },
  json: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof flags; allowPositionals: true }>>['values'];

/** Reads the command line of `wherry serve`. @throws UsageError that names every word that makes no sense */
export function parseServeOptions(words: readonly string[]): ServeOptions {
  let parsed: { readonly values: Values; readonly positionals: readonly string[] };
  try {
    parsed = parseArgs({ args: [...words], options: flags, allowPositionals: true, strict: true });
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw new UsageError(`${message}. "wherry serve --help" lists the options.`);
  }
  const { values, positionals } = parsed;
  const reader = new OptionReader();
  if (positionals.length > 1) {
    reader.complain(`one directory is served, not ${positionals.length}: ${positionals.join(', ')}`);
  }
  const options: ServeOptions = {
    directory: positionals[0] ?? '.',
    dataDirectory: values['data-dir'] ?? null,
    host: reader.host('--host', values.host ?? '::'),
    ftp: reader.port('--ftp', values.ftp ?? '2121'),
    ftps: reader.port('--ftps', values.ftps ?? '2990'),
    sftp: reader.port('--sftp', values.sftp ?? '2022'),
    tftp: reader.port('--tftp', values.tftp ?? 'off'),
    tunnel: reader.choice('--tunnel', values.tunnel ?? 'on', ['on', 'off']) === 'on',
    sshAlgorithms: reader.choice('--ssh-algorithms', values['ssh-algorithms'] ?? 'default', [
      'modern',
      'default',
      'compatible',
    ]),
    tftpWrite: reader.choice('--tftp-write', values['tftp-write'] ?? 'off', ['off', 'create', 'overwrite']),
    passivePorts: reader.portRange('--passive-ports', values['passive-ports'] ?? '50000-50999'),
    passiveAddress: reader.ipv4('--passive-address', values['passive-address'] ?? null),
    users: (values.user ?? []).map((text) => reader.user(text)),
    anonymous: values.anonymous ?? false,
    readOnly: values['read-only'] ?? false,
    requireTls: values['require-tls'] ?? false,
    tlsSessionReuse: reader.choice('--tls-session-reuse', values['tls-session-reuse'] ?? 'prefer', [
      'require',
      'prefer',
      'off',
    ]),
    fxpNetworks: reader.networks('--fxp', values.fxp ?? []),
    tlsCertificates: reader.certificates(values['tls-certificate'] ?? [], values['tls-key'] ?? []),
    clientCertificates: reader.choice(
      '--tls-client-certificates',
      values['tls-client-certificates'] ?? 'off',
      ['off', 'optional', 'required'],
    ),
    clientAuthority: values['tls-client-ca'] ?? null,
    proxyNetworks: reader.networks('--proxy-protocol', values['proxy-protocol'] ?? []),
    durability: reader.choice('--durability', values.durability ?? 'os', ['os', 'disk']),
    maximumSessionsPerAddress: reader.count('--max-per-address', values['max-per-address'] ?? '0'),
    idleTimeoutMs:
      values['idle-timeout'] === undefined ? null : reader.seconds('--idle-timeout', values['idle-timeout']),
    graceMs: reader.seconds('--grace', values.grace ?? '30'),
    log: reader.choice('--log', values.log ?? 'commands', ['warnings', 'transfers', 'commands']),
    json: values.json ?? false,
  };
  if (values.http !== undefined && values.http !== 'off') {
    reader.complain(`--http ${values.http}: this version serves no HTTP; use --http off`);
  }
  if ([options.ftp, options.ftps, options.sftp, options.tftp].every((port) => port === null)) {
    reader.complain('with --ftp off, --ftps off and --sftp off nothing would be served');
  }
  if (options.tftp === null && options.tftpWrite !== 'off') {
    reader.complain(`--tftp-write ${options.tftpWrite} needs --tftp PORT`);
  }
  if (options.readOnly && options.tftpWrite !== 'off') {
    reader.complain(`--tftp-write ${options.tftpWrite} and --read-only contradict each other`);
  }
  if (options.clientCertificates !== 'off' && options.clientAuthority === null) {
    reader.complain('--tls-client-certificates needs --tls-client-ca FILE, the authority that signed them');
  }
  reader.finish();
  return options;
}

const highestPort = 65_535;

/** Reads values one by one and gathers every problem, so that all of them are told at once. */
class OptionReader {
  readonly #problems: string[] = [];

  complain(problem: string): void {
    this.#problems.push(problem);
  }

  finish(): void {
    if (this.#problems.length > 0) throw new UsageError(this.#problems.join('\nwherry: '));
  }

  port(flag: string, text: string): number | null {
    if (text === 'off') return null;
    const port = wholeNumber(text);
    if (port !== null && port <= highestPort) return port;
    this.complain(`${flag} ${text}: a port is a number from 0 (any free one) to 65535, or "off"`);
    return null;
  }

  portRange(flag: string, text: string): readonly [number, number] {
    const [first = null, last = null] = text.split('-').map(wholeNumber);
    if (first !== null && last !== null && first >= 1 && first <= last && last <= highestPort)
      return [first, last];
    if (text === '0') return [0, 0];
    this.complain(
      `${flag} ${text}: give the first and the last port, as in 50000-50999, or 0 for any free ones`,
    );
    return [0, 0];
  }

  host(flag: string, text: string): string {
    if (text === 'localhost' || parseAddress(text) !== null) return text === 'localhost' ? '127.0.0.1' : text;
    this.complain(`${flag} ${text}: give a numeric address, as in 127.0.0.1, 0.0.0.0 or ::`);
    return text;
  }

  ipv4(flag: string, text: string | null): string | null {
    if (text === null || parseAddress(text)?.family === 4) return text;
    this.complain(`${flag} ${text}: give the IPv4 address that clients reach this machine at`);
    return null;
  }

  networks(flag: string, texts: readonly string[]): readonly string[] {
    const networks = texts.flatMap((text) => text.split(',')).filter((text) => text !== '');
    for (const text of networks) {
      if (parseNetwork(text) === null)
        this.complain(`${flag} ${text}: give networks as in 192.0.2.0/24,2001:db8::/32`);
    }
    return networks;
  }

  user(text: string): TrialUser {
    const match = /^([^:]+):(.*?)(?::(r|rw))?$/s.exec(text);
    const [, name = '', password = '', rights = 'rw'] = match ?? [];
    if (name === '' || password === '') {
      this.complain('--user: give NAME:PASSWORD, with :r behind it for an account that may only read');
    }
    return { name, password: new Secret(password), rights: rights === 'r' ? 'r' : 'rw' };
  }

  choice<Choice extends string>(flag: string, text: string, choices: readonly [Choice, ...Choice[]]): Choice {
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    this.complain(`${flag} ${text}: choose ${choices.join(', ')}`);
    return choices[0];
  }

  count(flag: string, text: string): number {
    const value = wholeNumber(text);
    if (value !== null) return value;
    this.complain(`${flag} ${text}: give a whole number, 0 for no limit`);
    return 0;
  }

  seconds(flag: string, text: string): number {
    const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (value <= 86_400) return value * 1000;
    this.complain(`${flag} ${text}: give seconds, at most 86400`);
    return 0;
  }

  certificates(
    certificates: readonly string[],
    keys: readonly string[],
  ): readonly { readonly certificateFile: string; readonly keyFile: string }[] {
    if (certificates.length !== keys.length) {
      this.complain('each --tls-certificate needs its --tls-key, in the same order');
    }
    return certificates.map((certificate, index) => ({
      certificateFile: certificate,
      keyFile: keys[index] ?? '',
    }));
  }
}

function wholeNumber(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}
