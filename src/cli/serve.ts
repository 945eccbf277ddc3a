import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { openAccountDatabase, anonymousAccounts, firstOf, sqliteAccounts } from '#accounts/index.ts';
import type { AccountDatabase } from '#accounts/index.ts';
import { WherryError } from '#core/errors.ts';
import { Secret } from '#core/secret.ts';
import { EventBus, type ListenerFacts } from '#engine/events.ts';
import type { PrivateKey } from '#protocols/ssh/keys/private-key.ts';
import { createServer, type ListenOptions } from '#server/create-server.ts';
import { hostKeyFacts, openHostKeys } from '#server/host-keys.ts';
import { FileSink } from '#server/log/file-sink.ts';
import { humanLog } from '#server/log/human-log.ts';
import { jsonLog } from '#server/log/json-log.ts';
import { eventsOf } from '#server/log/log-detail.ts';
import { proxyPolicy } from '#server/proxy-policy.ts';
import { openTls } from '#server/tls.ts';
import { local } from '#storage/index.ts';
import type { CliCommand } from './command-table.ts';
import { ExitCode, UsageError } from './exit-codes.ts';
import { generatePassword } from './generate-password.ts';
import { serveHelp } from './serve-help.ts';
import { parseServeOptions, type ServeOptions } from './serve-options.ts';

/** `wherry serve`. */
export const command: CliCommand = { help: serveHelp, run: serve };

const firstAccountName = 'wherry';

async function serve(words: readonly string[]): Promise<number> {
  const options = parseServeOptions(words);
  const output = new FileSink(process.stdout.fd);
  const events = new EventBus();
  const dataDirectory = resolve(options.dataDirectory ?? defaultDataDirectory());
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  const fileSystem = openDirectory(options);
  const onProblem = (message: string): void => {
    events.emit({ event: 'warning', message });
  };
  const hostKeys = options.sftp === null ? null : await openHostKeys({ directory: dataDirectory, onProblem });
  const database = await openAccountDatabase(join(dataDirectory, 'wherry.db'));
  const made = await prepareAccounts(database, options);
  const stored = sqliteAccounts(database, { fileSystemFor: () => fileSystem, readOnly: options.readOnly });
  const accounts = options.anonymous
    ? firstOf(anonymousAccounts({ fileSystem, requireTls: options.requireTls }), stored)
    : stored;
  const tls = await openTls({
    dataDirectory,
    certificates: options.tlsCertificates,
    clientCertificates: options.clientCertificates,
    clientAuthority: options.clientAuthority,
    onProblem,
  });
  const log = options.json ? jsonLog(output) : humanLog(output, { colors: process.stdout.isTTY });
  events.subscribe(log, eventsOf(options.log));
  // Whoever reads that it is ready may send a signal at once.
  const stopped = untilStopped(() => {
    void tls.reload();
    void hostKeys?.reload();
  });
  const server = await createServer({
    accounts,
    events,
    tls: tls.provider,
    listen: { host: options.host, ...ports(options) },
    passivePorts: options.passivePorts,
    passiveAddress: options.passiveAddress,
    requireTls: options.requireTls,
    tlsSessionReuse: options.tlsSessionReuse,
    fxpNetworks: options.fxpNetworks,
    ...(hostKeys === null ? {} : { hostKeys }),
    sshAlgorithms: options.sshAlgorithms,
    tunnel: options.tunnel,
    tftp: { storage: fileSystem, write: options.tftpWrite },
    proxy: options.proxyNetworks.length === 0 ? null : proxyPolicy(options.proxyNetworks),
    limits: { perAddress: options.maximumSessionsPerAddress },
    ...(options.idleTimeoutMs === null ? {} : { timeouts: { idleMs: options.idleTimeoutMs } }),
  });
  if (!options.json) {
    const known = hostKeys?.keys ?? [];
    output.write(
      describeStart(options, server.listeners, { made, fingerprint: tls.fingerprint, hostKeys: known }),
    );
    void hostKeys?.complete.then(() => {
      const late = hostKeys.keys.filter((key) => !known.includes(key));
      for (const key of late) output.write(`${describeHostKey(key)}\n`);
    });
  }
  // Standard output is the log then, and a log must not hold secrets.
  if (options.json && made !== null) process.stderr.write(describeAccount(made).join('\n').concat('\n'));
  output.flush();
  await stopped;
  await server.close({ graceMs: options.graceMs, reason: 'The server is shutting down' });
  await fileSystem.close?.();
  output.flush();
  return ExitCode.done;
}

function defaultDataDirectory(): string {
  const state = process.env['XDG_STATE_HOME'];
  return join(state === undefined || state === '' ? join(homedir(), '.local', 'state') : state, 'wherry');
}

function openDirectory(options: ServeOptions): ReturnType<typeof local> {
  try {
    return local(resolve(options.directory), { durability: options.durability });
  } catch (thrown) {
    const why = thrown instanceof WherryError ? thrown.message : String(thrown);
    throw new UsageError(`Cannot serve ${options.directory}: ${why}. Name a directory that is there.`);
  }
}

function ports({ ftp, ftps, sftp, tftp }: ServeOptions): Omit<ListenOptions, 'host'> {
  return {
    ftp: ftp ?? undefined,
    ftps: ftps ?? undefined,
    sftp: sftp ?? undefined,
    tftp: tftp ?? undefined,
  };
}

const protocolTitles: Readonly<Record<string, string>> = {
  ftp: 'FTP, with TLS when asked',
  ftps: 'FTP in TLS',
  sftp: 'SFTP and SCP',
  tftp: 'TFTP, for everybody',
};

function describeHostKey(key: PrivateKey): string {
  const { type, fingerprintSha256 } = hostKeyFacts(key);
  return `  host key ${type.padEnd(7)} ${fingerprintSha256}`;
}

/** Makes or changes the accounts of `--user`; makes one with a generated password where there is none at all. */
async function prepareAccounts(
  database: AccountDatabase,
  options: ServeOptions,
): Promise<{ readonly name: string; readonly password: Secret } | null> {
  for (const { name, password, rights } of options.users) {
    const known = await database.find(name);
    if (known === null) await database.add({ name, password, rights });
    else await database.set(name, { password, rights, enabled: true });
  }
  const [first] = await database.list({ limit: 1 });
  if (first !== undefined || options.anonymous) return null;
  const password = new Secret(generatePassword());
  await database.add({ name: firstAccountName, password, rights: 'rw' });
  return { name: firstAccountName, password };
}

function describeAccount(made: { readonly name: string; readonly password: Secret }): readonly string[] {
  return [`  account   ${made.name}`, `  password  ${made.password.reveal()}   (shown only now)`];
}

function describeStart(
  options: ServeOptions,
  listeners: readonly ListenerFacts[],
  facts: {
    readonly made: { readonly name: string; readonly password: Secret } | null;
    readonly fingerprint: string;
    readonly hostKeys: readonly PrivateKey[];
  },
): string {
  const rows = listeners.map(({ protocol, host, port }) => {
    const shown = host === '::' || host === '0.0.0.0' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
    return `  ${(protocolTitles[protocol] ?? protocol).padEnd(26)} ${protocol}://${shown}:${port}/`;
  });
  const account = facts.made === null ? [] : ['', ...describeAccount(facts.made)];
  const anonymous = options.anonymous ? ['', '  anonymous logins may read'] : [];
  return [
    '',
    `wherry serves ${resolve(options.directory)}`,
    '',
    ...rows,
    ...account,
    ...anonymous,
    '',
    `  certificate SHA-256 ${facts.fingerprint}`,
    ...facts.hostKeys.map((key) => describeHostKey(key)),
    '',
    'Stop with Ctrl+C.',
    '',
    '',
  ].join('\n');
}

/** Settles with the first signal to stop; SIGHUP reloads. A second signal ends the program at once. */
async function untilStopped(reload: () => void): Promise<void> {
  process.on('SIGHUP', reload);
  return new Promise((resolveStop) => {
    let stopping = false;
    const stop = (): void => {
      if (stopping) process.exit(ExitCode.interrupted);
      stopping = true;
      resolveStop();
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}
