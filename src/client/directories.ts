import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the user's settings are kept (XDG Base Directory Specification). */
export function configDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  return join(absolute(environment['XDG_CONFIG_HOME']) ?? join(homedir(), '.config'), 'wherry');
}

/** Where what should survive a restart is kept. */
export function stateDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  return join(absolute(environment['XDG_STATE_HOME']) ?? join(homedir(), '.local', 'state'), 'wherry');
}

/** The specification has relative paths passed over. */
function absolute(path: string | undefined): string | null {
  return path?.startsWith('/') === true ? path : null;
}
