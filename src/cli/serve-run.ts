import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  anonymousAccounts,
  firstOf,
  openAccountDatabase,
  sqliteAccounts,
  type EffectiveAccount,
} from '#accounts/index.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import { clockProblem } from '#core/known-time.ts';
import { EventBus } from '#engine/events.ts';
import { AccountTrees } from '#server/account-trees.ts';
import { externalAccountsOf } from '#server/config/external-accounts-of.ts';
import { compareConfigs, type ConfigDifference } from '#server/config/compare.ts';
import type { Config } from '#server/config/schema.ts';
import { operationsOf } from '#server/config/operations-of.ts';
import { changesOf, serverOptionsOf } from '#server/config/server-options-of.ts';
import { createServer } from '#server/create-server.ts';
import { openHostKeys } from '#server/host-keys.ts';
import { FileSink } from '#server/log/file-sink.ts';
import { humanLog } from '#server/log/human-log.ts';
import { jsonLog } from '#server/log/json-log.ts';
import { eventsOf } from '#server/log/log-detail.ts';
import { openLogFiles } from '#server/log/log-files.ts';
import { openOperations } from '#server/operations.ts';
import { openTls } from '#server/tls.ts';
import { local } from '#storage/index.ts';
import { adminSocketFile, databaseFile, defaultDataDirectory } from './data-directory.ts';
import { ExitCode, UsageError } from './exit-codes.ts';
import { applyUsers, makeFirstAccount } from './serve-accounts.ts';
import { httpOfServe } from './serve-http.ts';
import type { ServeOptions } from './serve-options.ts';
import { describeAccount, describeHostKey, describeStart } from './serve-report.ts';
import { untilStopped } from './serve-signals.ts';
import { takeActivatedSockets } from './service/activation.ts';
import { serviceNotifier } from './service/notify.ts';
import { becomeLesser } from './service/run-as.ts';

/** How long clients that hold on may have for the last words to them, when nothing else keeps the program. */
const partingMs = 1000;

/** Serves until a signal stops it. @returns the exit code */
export async function runServer(options: ServeOptions): Promise<number> {
  let { loaded } = options;
  const { config } = loaded;
  const isJson = config.log.format === 'json';
  const output = new FileSink(process.stdout.fd);
  const events = new EventBus();
  const onProblem = (message: string): void => {
    events.emit({ event: 'warning', message });
  };
  const dataDirectory = resolve(config.dataDirectory ?? defaultDataDirectory());
  const sockets = takeActivatedSockets();
  const notifier = serviceNotifier(onProblem);
  const lesser = config.runAs === null ? null : becomeLesser(config.runAs);
  lesser?.own([dataDirectory]);
  await makeDataDirectory(dataDirectory);
  const fileSystem = openDirectory(config);
  const hostKeys =
    config.listen.sftp === null
      ? null
      : await openHostKeys({ directory: config.ssh.hostKeyDirectory ?? dataDirectory, onProblem });
  const database = await openAccountDatabase(databaseFile(dataDirectory));
  const operations = await openOperations({ directory: dataDirectory, events, ...operationsOf(config) });
  await applyUsers(database, [...config.accounts.users, ...options.users]);
  const made = config.accounts.anonymous ? null : await makeFirstAccount(database);
  const trees = new AccountTrees(fileSystem, { durability: config.storage.durability });
  const planning = {
    fileSystemFor: (account: EffectiveAccount) => trees.of(account),
    readOnly: config.accounts.readOnly,
  };
  const accounts = firstOf(
    ...(config.accounts.anonymous ? [anonymousAccounts({ fileSystem, requireTls: config.tls.require })] : []),
    sqliteAccounts(database, planning),
    ...externalAccountsOf(config, planning),
  );
  const tls = await openTls({
    dataDirectory,
    certificates: config.tls.certificates.map(({ certificate, key }) => ({
      certificateFile: certificate,
      keyFile: key,
    })),
    minVersion: config.tls.minimumVersion,
    clientCertificates: config.tls.clientCertificates,
    clientAuthority: config.tls.clientAuthority,
    onProblem,
  });
  const log = isJson ? jsonLog(output) : humanLog(output, { colors: process.stdout.isTTY });
  const logFiles = openLogFiles(config.log, { events, onProblem });
  let stopLog = events.subscribe(log, eventsOf(config.log.detail));
  const clock = clockProblem();
  if (clock !== null) onProblem(`${clock.reason}. Please ${clock.cure}`);
  const reload = async (): Promise<ConfigDifference> => {
    logFiles.reopen();
    await Promise.all([tls.reload(), hostKeys?.reload()]);
    const before = loaded;
    loaded = await options.reload();
    await applyUsers(database, loaded.config.accounts.users);
    server.apply(changesOf(loaded.config));
    stopLog();
    stopLog = events.subscribe(log, eventsOf(loaded.config.log.detail));
    const difference = compareConfigs(before.written, loaded.written);
    if (difference.waiting.length > 0) {
      onProblem(`These settings are read anew and wait for the next start: ${difference.waiting.join(', ')}`);
    }
    return difference;
  };
  // Whoever reads that it is ready may send a signal at once.
  const stopped = untilStopped(() => {
    reload().catch((thrown: unknown) => {
      onProblem(`The old configuration stays in use. ${toWherryError(thrown, 'reload it').message}`);
    });
  });
  const serverOptions = serverOptionsOf(config);
  // Binding is all that root is needed for.
  lesser?.regain();
  const server = await createServer({
    ...serverOptions,
    listen: { ...serverOptions.listen, descriptors: sockets },
    ...(lesser === null
      ? {}
      : {
          onListening: () => {
            lesser.own([dataDirectory]);
            lesser.drop();
          },
        }),
    accounts,
    events,
    tls: tls.provider,
    ...(hostKeys === null ? {} : { hostKeys }),
    storage: fileSystem,
    ...operations.serverOptions,
    http: httpOfServe({
      config: { current: () => loaded, reload },
      descriptor: sockets.http,
      socketFile: adminSocketFile(dataDirectory),
      database,
      operations,
      trees,
      tls,
      hostKeys,
    }),
  });
  if (!isJson) {
    const known = hostKeys?.keys ?? [];
    const facts = { made, fingerprint: tls.fingerprint, hostKeys: known };
    output.write(describeStart(config, server.listeners, facts));
    void hostKeys?.complete.then(() => {
      const late = hostKeys.keys.filter((key) => !known.includes(key));
      for (const key of late) output.write(`${describeHostKey(key)}\n`);
    });
  }
  // Standard output is the log then, and a log must not hold secrets.
  if (isJson && made !== null) process.stderr.write(describeAccount(made).join('\n').concat('\n'));
  output.flush();
  notifier.ready();
  await stopped;
  notifier.stopping();
  await server.close({ graceMs: loaded.config.grace, reason: 'The server is shutting down' });
  notifier.close();
  await trees.close();
  await fileSystem.close?.();
  await operations.close();
  logFiles.close();
  output.flush();
  setTimeout(() => process.exit(ExitCode.done), partingMs).unref();
  return ExitCode.done;
}

async function makeDataDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    const error = toWherryError(thrown, `make the data directory ${directory}`);
    // What is there already is something else: a directory would have been taken.
    const reason = error.code === 'exists' ? `${directory} is no directory` : error.message;
    throw new WherryError(error.code, `${reason}; name another with --data-dir`, { cause: thrown });
  }
}

function openDirectory(config: Config): ReturnType<typeof local> {
  try {
    return local(resolve(config.directory), { durability: config.storage.durability });
  } catch (thrown) {
    const why = thrown instanceof WherryError ? thrown.message : String(thrown);
    throw new UsageError(`Cannot serve ${config.directory}: ${why}. Name a directory that is there.`);
  }
}
