import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where accounts, certificates and the administration socket lie when nothing else is said. */
export function defaultDataDirectory(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  // What systemd makes for StateDirectory=.
  const [service = ''] = (environment['STATE_DIRECTORY'] ?? '').split(':');
  if (service !== '') return service;
  const state = environment['XDG_STATE_HOME'];
  const base = state === undefined || state === '' ? join(homedir(), '.local', 'state') : state;
  return resolve(base, 'wherry');
}

/** The name of the account database in a data directory. */
export function databaseFile(dataDirectory: string): string {
  return join(dataDirectory, 'wherry.db');
}

/** The name of the database of bans, usage and tokens in a data directory. */
export function stateFile(dataDirectory: string): string {
  return join(dataDirectory, 'state.db');
}

/** The socket of the administration in a data directory. */
export function adminSocketFile(dataDirectory: string): string {
  return join(dataDirectory, 'admin.sock');
}

/** The data directory that a command means: the one that is named, `$WHERRY_DATA_DIR`, or the default. */
export function dataDirectoryOf(named: string | undefined): string {
  const fromEnvironment = process.env['WHERRY_DATA_DIR'];
  const given = named ?? fromEnvironment;
  return resolve(given === undefined || given === '' ? defaultDataDirectory() : given);
}
