import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describeErrorCode, toWherryError, WherryError } from '#core/errors.ts';
import { Secret } from '#core/secret.ts';
import { checkSchema, showValue } from './check-schema.ts';
import { checkTogether } from './cross-checks.ts';
import { conversions } from './fragments.ts';
import { formatPath, isSection, mergeSettings, valueAt, type SettingPath } from './json-path.ts';
import type { ConfigProblem } from './problem.ts';
import type { Config } from './schema.ts';
import { mapLeaves, rootSchema, type SchemaNode } from './schema-walk.ts';
import { isSecretInTheOpen, readSecret } from './secrets.ts';
import { parseYamlText, readYamlFile, type YamlFile } from './yaml-file.ts';

/** How a setting is called in a layer. */
export interface LayerName {
  readonly name: string;
  /** The value as it was written; null where there is none, or nobody may see it. */
  readonly text: string | null;
  /** What may be written there, where that differs from the file. */
  readonly allowed?: string;
}

/** Settings from somewhere else than the file, as from flags; they win over it. */
export interface ConfigLayer {
  readonly settings: Readonly<Record<string, unknown>>;
  /** How people know the setting here (`--ftp`), with the value as they wrote it. */
  nameOf(path: SettingPath): LayerName | null;
}

export interface LoadConfigOptions {
  /** The file; null for none. */
  readonly file: string | null;
  /** Each wins over those before it. */
  readonly layers?: readonly ConfigLayer[] | undefined;
  /** Where relative paths of layers begin (default: the working directory). */
  readonly directory?: string | undefined;
}

/** A configuration that was read and found good. */
export interface LoadedConfig {
  readonly config: Config;
  /** The same as it is written: quantities as text, secrets as what names them. */
  readonly written: unknown;
  readonly file: string | null;
  /** `wherry.yaml:12`, `--ftp` or `default`: where a setting was given. */
  readonly originOf: (path: SettingPath) => string;
}

/** Settings that make no sense, all of them; each line says where, what, and what is allowed. */
export class ConfigError extends WherryError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('invalid-argument', problems.join('\n'));
    this.problems = problems;
  }
}

/** The file that is read when none is named. */
export const defaultConfigFile = 'wherry.yaml';

/**
 * Reads the configuration: defaults, the file, and what lies over it.
 *
 * @throws ConfigError with every problem at once
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const { file, layers = [], directory = process.cwd() } = options;
  const yaml = file === null ? null : await readFileOrComplain(file);
  const fileDirectory = file === null ? directory : dirname(resolve(directory, file));
  const where = new Places(file, yaml, layers);
  const problems: ConfigProblem[] = [...(yaml?.problems ?? [])];
  let written: unknown = {};
  if (yaml !== null && yaml.problems.length === 0) {
    if (isSection(yaml.settings)) written = absolutePaths(yaml.settings, fileDirectory);
    else problems.push({ path: [], message: 'give settings, as in "listen: { ftp: 2121 }"', line: 1 });
  }
  for (const layer of layers) {
    written = mergeSettings(written, absolutePaths(layer.settings, directory));
  }
  problems.push(...checkSchema(written));
  const config = convert(written, { directory: fileDirectory, wrong: problems, problems });
  if (problems.length === 0) problems.push(...checkTogether(config));
  if (problems.length > 0) throw new ConfigError(where.describeAll(problems));
  return { config, written, file, originOf: (path) => where.originOf(path) };
}

async function readFileOrComplain(file: string): Promise<YamlFile> {
  try {
    return await readYamlFile(file);
  } catch (thrown) {
    const { code } = toWherryError(thrown, 'read the configuration');
    throw new ConfigError([`${file}: ${describeErrorCode(code)}; name the file with --config`]);
  }
}

function absolutePaths(settings: unknown, directory: string): unknown {
  return mapLeaves(settings, (leaf, { format }) =>
    format === 'host-path' && typeof leaf === 'string' ? resolve(directory, leaf) : leaf,
  );
}

/** Turns texts into what they mean; leaves alone what is wrong already. */
function convert(
  written: unknown,
  context: {
    readonly directory: string;
    readonly wrong: readonly ConfigProblem[];
    readonly problems: ConfigProblem[];
  },
): Config {
  const wrong = new Set(context.wrong.map(({ path }) => JSON.stringify(path)));
  const complain = (path: SettingPath, message: string): void => {
    context.problems.push({ path, message });
  };
  const converted = mapLeaves(written, (leaf, schema, path) => {
    if (wrong.has(JSON.stringify(path)) || leaf === null) return leaf;
    if (schema.mustExist !== undefined && typeof leaf === 'string') {
      const problem = missingFile(leaf, schema.mustExist);
      if (problem !== null) complain(path, problem);
    }
    if (schema.format === 'secret' && typeof leaf === 'string') {
      const outcome = readSecret(leaf, context.directory);
      if ('secret' in outcome) return outcome.secret;
      complain(path, outcome.problem);
      return new Secret('');
    }
    return convertLeaf(leaf, schema.format);
  });
  return converted as Config;
}

function convertLeaf(leaf: unknown, format: string | undefined): unknown {
  const conversion = format === undefined ? undefined : conversions[format];
  if (conversion === undefined || (typeof leaf !== 'string' && typeof leaf !== 'number')) return leaf;
  return conversion(leaf);
}

function missingFile(file: string, kind: 'file' | 'directory'): string | null {
  if (!existsSync(file)) return `there is no such ${kind}; name one that is there`;
  return kind === 'directory' && !statSync(file).isDirectory() ? 'it is no directory; name one' : null;
}

/** Knows where each setting was given, and says so in front of its problem. */
class Places {
  readonly #file: string | null;
  readonly #yaml: YamlFile | null;
  readonly #layers: readonly ConfigLayer[];

  constructor(file: string | null, yaml: YamlFile | null, layers: readonly ConfigLayer[]) {
    this.#file = file;
    this.#yaml = yaml;
    this.#layers = layers.toReversed();
  }

  originOf(path: SettingPath): string {
    for (const layer of this.#layers) {
      const found = layer.nameOf(path);
      if (found !== null) return found.name;
    }
    const known = this.#yaml !== null && valueAt(this.#yaml.settings, path) !== undefined;
    return known ? `${this.#file}:${this.#yaml?.lineOf(path, false)}` : 'default';
  }

  describeAll(problems: readonly ConfigProblem[]): readonly string[] {
    return problems
      .map((problem) => this.#describe(problem))
      .sort((left, right) => left.line - right.line)
      .map(({ text }) => text);
  }

  #describe({ path, message, line, atName = false }: ConfigProblem): {
    readonly line: number;
    readonly text: string;
  } {
    for (const layer of this.#layers) {
      const found = layer.nameOf(path);
      if (found === null) continue;
      const shown = found.text === null ? '' : ` ${found.text}`;
      return { line: Number.MAX_SAFE_INTEGER, text: `${found.name}${shown}: ${found.allowed ?? message}` };
    }
    if (this.#yaml === null) return { line: 0, text: `${formatPath(path)}: ${message}` };
    const at = line ?? this.#yaml.lineOf(path, atName);
    const value = atName ? null : showValue(valueAt(this.#yaml.settings, path), schemaAt(path));
    const what = path.length === 0 ? '' : ` ${formatPath(path)}${value === null ? '' : `: ${value}`}:`;
    return { line: at, text: `${this.#file}:${at}:${what} ${message}` };
  }
}

/** Everything that is wrong with the text of a configuration file, as far as the text alone shows it. */
export function checkConfigText(
  text: string,
): readonly { readonly line: number | null; readonly message: string }[] {
  const yaml = parseYamlText(text);
  const problems: ConfigProblem[] = [...yaml.problems];
  if (problems.length === 0 && !isSection(yaml.settings)) {
    problems.push({ path: [], message: 'give settings, as in "listen: { ftp: 2121 }"', line: 1 });
  }
  if (problems.length === 0) {
    problems.push(...checkSchema(yaml.settings));
    if (problems.length === 0) {
      const config = mapLeaves(yaml.settings, (leaf, { format }) =>
        convertLeaf(leaf, format === 'secret' ? undefined : format),
      );
      problems.push(...checkTogether(config as Config));
    }
  }
  return problems.map(({ path, message, line, atName = false }) => ({
    line: line ?? yaml.lineOf(path, atName),
    message: path.length === 0 ? message : `${formatPath(path)}: ${message}`,
  }));
}

/** The written settings with `***` for every secret that stands in them itself. */
export function maskSecrets(written: unknown): unknown {
  return mapLeaves(written, (leaf, { secret }) =>
    secret === true && typeof leaf === 'string' && isSecretInTheOpen(leaf) ? '***' : leaf,
  );
}

/** The schema of a setting; null where the path leaves the schema. */
export function schemaAt(path: SettingPath): SchemaNode | null {
  let schema: SchemaNode | undefined = rootSchema;
  for (const step of path) {
    schema = typeof step === 'number' ? schema?.items : schema?.properties?.[step];
  }
  return schema ?? null;
}
