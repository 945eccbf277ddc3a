import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Secret } from '#core/secret.ts';
import {
  ConfigError,
  defaultConfigFile,
  loadConfig,
  type ConfigLayer,
  type LoadedConfig,
} from '#server/config/load-config.ts';
import { UsageError } from './exit-codes.ts';
import { environmentLayer, flagLayer, layerFor, settingFlags } from './serve-flags.ts';
import { readWords } from './words.ts';

/** An account given with `--user`. */
export interface TrialUser {
  readonly name: string;
  readonly password: Secret;
  readonly rights: 'r' | 'rw';
}

/** What the words behind `wherry serve`, the environment and the file say together. */
export interface ServeOptions {
  readonly loaded: LoadedConfig;
  /** Accounts to be made or changed now. */
  readonly users: readonly TrialUser[];
  /** Reads the file anew, under the same words. @throws ConfigError */
  reload(): Promise<LoadedConfig>;
}

const flags = {
  ...settingFlags,
  config: { type: 'string' },
  user: { type: 'string', multiple: true },
  'tls-certificate': { type: 'string', multiple: true },
  'tls-key': { type: 'string', multiple: true },
} as const;

/**
 * Reads the command line of `wherry serve`, the environment and the configuration file.
 *
 * @throws UsageError that names everything that makes no sense
 */
export async function readServeOptions(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<ServeOptions> {
  const { values, positionals, problems: wordProblems } = readWords(words, flags);
  const problems = wordProblems.map((problem) => `${problem}; "wherry serve --help" lists the options`);
  if (positionals.length > 1) {
    problems.push(`one directory is served, not ${positionals.length}: ${positionals.join(', ')}`);
  }
  const users = (values['user'] ?? []).flatMap((text) => {
    const read = readTrialUser(text);
    if (read === null)
      problems.push('--user: give NAME:PASSWORD, with :r behind it for one that may only read');
    return read === null ? [] : [read];
  });
  const layers = [
    environmentLayer(environment),
    ...(positionals[0] === undefined ? [] : [layerFor(['directory'], positionals[0], positionals[0])]),
    ...certificateLayer(values['tls-certificate'] ?? [], values['tls-key'] ?? [], problems),
    flagLayer(values),
  ];
  const file = findConfigFile(values['config'] ?? environment['WHERRY_CONFIG']);
  const directory = process.cwd();
  const load = async (): Promise<LoadedConfig> => loadConfig({ file, layers, directory });
  try {
    const loaded = await load();
    if (problems.length > 0) throw new ConfigError([]);
    return { loaded, users, reload: load };
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    throw new UsageError([...problems, ...thrown.problems].join('\nwherry: '));
  }
}

/** The file that `--config` names, or the one that lies in the working directory; null for none. */
export function findConfigFile(named: string | undefined): string | null {
  if (named !== undefined && named !== '') return named;
  return existsSync(resolve(defaultConfigFile)) ? defaultConfigFile : null;
}

function readTrialUser(text: string): TrialUser | null {
  const [, name = '', password = '', rights = 'rw'] = /^([^:]+):(.*?)(?::(r|rw))?$/su.exec(text) ?? [];
  if (name === '' || password === '') return null;
  return { name, password: new Secret(password), rights: rights === 'r' ? 'r' : 'rw' };
}

function certificateLayer(
  certificates: readonly string[],
  keys: readonly string[],
  problems: string[],
): readonly ConfigLayer[] {
  if (certificates.length !== keys.length) {
    problems.push('each --tls-certificate needs its --tls-key, in the same order');
    return [];
  }
  if (certificates.length === 0) return [];
  const pairs = certificates.map((certificate, index) => ({ certificate, key: keys[index] }));
  return [layerFor(['tls', 'certificates'], '--tls-certificate', pairs)];
}
