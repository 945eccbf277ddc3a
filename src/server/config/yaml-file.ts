import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type * as YamlModule from 'yaml';
import { toWherryError } from '#core/errors.ts';
import type { SettingPath } from './json-path.ts';
import type { ConfigProblem } from './problem.ts';

/** What a configuration file holds, and where. */
export interface YamlFile {
  readonly settings: unknown;
  readonly problems: readonly ConfigProblem[];
  /** The line of a setting, counted from 1, or of the nearest thing around it. */
  lineOf(path: SettingPath, atName: boolean): number;
}

/** More than this is no configuration that a person has written. */
const maximumOctets = 1024 * 1024;
/** Copies that aliases may make; what is longer is a bomb. */
const maximumAliases = 100;

/**
 * Reads a YAML file (1.2) whole, with its mistakes.
 *
 * @throws WherryError what the file system says, `too-large` beyond 1 MiB
 */
export async function readYamlFile(file: string): Promise<YamlFile> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (thrown) {
    throw toWherryError(thrown, `read ${file}`);
  }
  return parseYamlText(text);
}

/** Reads the text of a YAML file. */
export function parseYamlText(text: string): YamlFile {
  if (Buffer.byteLength(text) > maximumOctets) {
    return noSettings({ path: [], message: 'the file is larger than 1 MiB', line: 1 });
  }
  // Most starts need no YAML.
  const require = createRequire(import.meta.url);
  const yaml = require('yaml') as typeof YamlModule;
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ message, pos }) => ({
      path: [],
      message: `this is no YAML: ${message}`,
      line: lineAt(pos[0]),
    }));
    return { settings: {}, problems, lineOf: () => 1 };
  }
  let settings: unknown;
  try {
    settings = document.toJS({ maxAliasCount: maximumAliases }) as unknown;
  } catch (thrown) {
    return noSettings({ path: [], message: `this is no YAML: ${(thrown as Error).message}`, line: 1 });
  }
  return {
    settings: settings ?? {},
    problems: [],
    lineOf(path, atName) {
      let node: unknown = document.contents;
      let offset = rangeStart(node) ?? 0;
      for (const [index, step] of path.entries()) {
        if (yaml.isAlias(node)) node = node.resolve(document);
        if (yaml.isMap(node)) {
          const pair = node.items.find(({ key }) => yaml.isScalar(key) && String(key.value) === String(step));
          if (pair === undefined) break;
          const isName = atName && index === path.length - 1;
          offset = rangeStart(pair.key) ?? offset;
          // A group is named by its name, not by the first setting in it.
          if (!isName && yaml.isScalar(pair.value)) offset = rangeStart(pair.value) ?? offset;
          node = pair.value;
        } else if (yaml.isSeq(node)) {
          node = node.items[Number(step)];
          offset = rangeStart(node) ?? offset;
        } else break;
      }
      return lineAt(offset);
    },
  };
}

function rangeStart(node: unknown): number | null {
  const { range } = (node ?? {}) as { readonly range?: readonly number[] | null };
  return range?.[0] ?? null;
}

function noSettings(problem: ConfigProblem): YamlFile {
  return { settings: {}, problems: [problem], lineOf: () => 1 };
}
