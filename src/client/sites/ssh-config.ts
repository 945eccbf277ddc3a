import { readFile } from 'node:fs/promises';
import { globSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { toWherryError } from '#core/errors.ts';
import { checkSite } from './check-site.ts';
import type { ImportedSites } from './filezilla.ts';
import { emptySite, type Site } from './site.ts';

/** As deep as ssh itself follows `Include` (READCONF_MAX_DEPTH). */
const maximumDepth = 16;
const maximumLines = 100_000;

/** A line of ssh_config(5): its keyword in lower case and its arguments. */
interface Line {
  readonly keyword: string;
  readonly values: readonly string[];
}

/** A section and the patterns that it is for. */
interface Section {
  readonly patterns: readonly string[];
  readonly lines: Line[];
}

/** Reads the hosts of an `ssh_config` file and of those that it includes. */
export async function importSshConfig(file = join(homedir(), '.ssh', 'config')): Promise<ImportedSites> {
  return sitesOfSshConfig(await readLines(file, 0));
}

async function readLines(file: string, depth: number): Promise<readonly Line[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw toWherryError(error, `read ${file}`);
  }
  const lines: Line[] = [];
  for (const line of parseSshConfig(text)) {
    if (line.keyword !== 'include') {
      lines.push(line);
      continue;
    }
    if (depth >= maximumDepth) continue;
    for (const pattern of line.values) {
      const path = pattern.replace(/^~(?=\/)/, homedir());
      const found = globSync(isAbsolute(path) ? path : join(homedir(), '.ssh', path)).sort();
      for (const name of found) lines.push(...(await readLines(name, depth + 1)));
    }
  }
  return lines;
}

/** Takes lines apart: `Keyword value`, `Keyword=value`, quotes round values with spaces, `#` for comments. */
export function parseSshConfig(text: string): readonly Line[] {
  const lines: Line[] = [];
  for (const raw of text.split('\n', maximumLines)) {
    const line = raw.trim();
    const match = /^([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*)$/.exec(line);
    if (line.startsWith('#') || match?.[1] === undefined) continue;
    const values = [...(match[2] ?? '').matchAll(/"([^"]*)"|(\S+)/g)].map(
      ([, quoted, plain]) => quoted ?? plain ?? '',
    );
    lines.push({ keyword: match[1].toLowerCase(), values });
  }
  return lines;
}

/** A site for each host that is named without a pattern; of several values for it the first counts, as in ssh. */
export function sitesOfSshConfig(lines: readonly Line[]): ImportedSites {
  const sections: Section[] = [{ patterns: ['*'], lines: [] }];
  for (const line of lines) {
    if (line.keyword === 'host') sections.push({ patterns: line.values, lines: [] });
    // What `Match` asks can only be answered while ssh connects.
    else if (line.keyword === 'match') sections.push({ patterns: [], lines: [] });
    else sections.at(-1)?.lines.push(line);
  }
  const names = new Set(
    sections.flatMap(({ patterns }) => patterns.filter((pattern) => !/[*?!]/.test(pattern))),
  );
  const sites: Site[] = [];
  const problems: string[] = [];
  for (const name of names) {
    const settings = settingsFor(name, sections);
    try {
      sites.push(siteOf(name, settings));
    } catch (error) {
      problems.push(`${name}: ${(error as Error).message}`);
    }
    for (const way of ['proxyjump', 'proxycommand']) {
      const value = settings.get(way);
      if (value !== undefined && value !== 'none') problems.push(`${name}: ${way} is not taken over`);
    }
  }
  return { sites, problems };
}

function settingsFor(name: string, sections: readonly Section[]): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const { patterns, lines } of sections) {
    if (!applies(patterns, name)) continue;
    for (const { keyword, values } of lines) {
      if (!settings.has(keyword)) settings.set(keyword, values.join(' '));
    }
  }
  return settings;
}

function applies(patterns: readonly string[], name: string): boolean {
  const fits = (pattern: string): boolean => toRegExp(pattern).test(name);
  if (patterns.some((pattern) => pattern.startsWith('!') && fits(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && fits(pattern));
}

function toRegExp(pattern: string): RegExp {
  const source = RegExp.escape(pattern).replaceAll('\\*', '.*').replaceAll('\\?', '.');
  return new RegExp(`^${source}$`, 'is');
}

function siteOf(name: string, settings: ReadonlyMap<string, string>): Site {
  const host = (settings.get('hostname') ?? name).replaceAll('%h', name).replaceAll('%%', '%');
  const identity = settings.get('identityfile');
  const port = settings.get('port');
  return checkSite({
    ...emptySite,
    name,
    host,
    scheme: 'sftp',
    port: port === undefined ? null : Number(port),
    user: settings.get('user') ?? null,
    logon: identity === undefined ? 'agent' : 'key',
    keyFile: identity?.replace(/^~(?=\/)/, homedir()) ?? null,
    comment: 'From ssh_config',
  });
}
