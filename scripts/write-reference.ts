// Writes docs/reference from the tables and docstrings of the sources: `npm run docs`.
import { globSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { describeErrorCode, errorCodes, WherryError } from '#core/errors.ts';
import type { Command } from '#protocols/ftp/server/command.ts';
import { siteCommands } from '#protocols/ftp/server/commands/site/table.ts';
import { commands } from '#protocols/ftp/server/commands/table.ts';
import { settingsOf } from '#server/config/schema-walk.ts';
import { errorReply } from '#protocols/ftp/server/error-replies.ts';

const root = join(import.meta.dirname, '..');
const directory = 'docs/reference';

/** Beside every `limits.ts`: files whose default objects are limits too. */
const furtherLimits = ['src/engine/login-defence.ts', 'src/protocols/ftp/server/options.ts'];

const duringTransfer: Readonly<Record<NonNullable<Command['duringTransfer']> | 'wait', string>> = {
  answer: 'answered at once',
  abort: 'ends it',
  wait: 'waits',
};

/** The reference pages by path from the root of the project, formatted. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  const pages = new Map([
    [`${directory}/commands.md`, describeCommands()],
    [`${directory}/replies.md`, await describeReplies()],
    [`${directory}/limits.md`, await describeLimits()],
    [`${directory}/config.md`, describeConfig()],
  ]);
  const options = await resolveConfig(join(root, 'README.md'));
  const formatted = await Promise.all(
    [...pages].map(
      async ([path, text]) => [path, await format(text, { ...options, parser: 'markdown' })] as const,
    ),
  );
  return new Map(formatted);
}

function describeConfig(): string {
  const lists = [...settingsOf()].flatMap(({ path, schema }) => {
    const fields = Object.entries(schema.items?.properties ?? {});
    if (fields.length === 0) return [];
    const rows = fields.map(([name, field]) => [
      code(name),
      field.default === undefined ? '' : code(JSON.stringify(field.default)),
      [field.description ?? '', field.allowed ?? ''].filter((part) => part !== '').join('; '),
    ]);
    return [`### ${code(path.join('.'))}`, table(['Field', 'Default', 'What it is'], rows)];
  });
  const rows = [...settingsOf()].map(({ path, schema }) => [
    code(path.join('.')),
    code(JSON.stringify(schema.default)),
    [schema.description ?? '', schema.allowed ?? ''].filter((part) => part !== '').join('; '),
    schema.restart === true ? 'at the next start' : 'at once',
  ]);
  return page('Configuration', [
    'Every setting of `wherry.yaml`, from its schema. `wherry config schema` prints the schema for editors, `wherry config check` tells all mistakes of a file at once, each with its line, and `wherry config show` what holds. A relative path begins where the file lies; times and sizes have units. A secret is `env:NAME`, `file:PATH`, or, less well, the secret itself.',
    'The last column tells when a change takes hold after SIGHUP or `wherry config reload`; nobody is disconnected by it.',
    table(['Setting', 'Default', 'What it is', 'A change holds'], rows),
    '## Lists',
    ...lists,
  ]);
}

function describeCommands(): string {
  const rows = [...commands]
    .sort((left, right) => (left.verb < right.verb ? -1 : 1))
    .map((command) => [
      `**${command.verb}**${(command.aliases ?? []).map((alias) => `, ${alias}`).join('')}`,
      code(command.syntax),
      command.summary,
      command.source,
      command.beforeLogin === true ? 'yes' : '',
      duringTransfer[command.duringTransfer ?? 'wait'],
    ]);
  const siteRows = siteCommands.map(({ verb, syntax, summary, source }) => [
    `**SITE ${verb}**`,
    code(syntax),
    summary,
    source,
  ]);
  return page('FTP commands', [
    'Every command the FTP server knows, from its own table. `HELP` and `HELP <command>` tell the same on a connection, and `FEAT` lists the extensions. What is not here is answered with 500.',
    table(['Command', 'Syntax', 'What it does', 'Source', 'Before login', 'During a transfer'], rows),
    '## SITE',
    'They need a login, and wait while a transfer runs.',
    table(['Command', 'Syntax', 'What it does', 'Source'], siteRows),
  ]);
}

async function describeReplies(): Promise<string> {
  const errors = errorCodes.map((name) => {
    const error = new WherryError(name, '');
    const { code: number } = errorReply(error);
    return [code(name), String(number), describeErrorCode(name), error.retryable ? 'yes' : ''];
  });
  const texts = await replyTexts();
  const rows = [...texts]
    .sort(([left], [right]) => left - right)
    .map(([number, set]) => [String(number), [...set].sort().join('<br>')]);
  return page('FTP replies', [
    'A first digit of 4 says that the same command may work later, 5 that it will not.',
    '## Errors',
    'Whatever fails has one of these neutral codes inside wherry; each protocol translates it at its edge. After 150 a few of them change: `exists` is told as 450 and `protocol` as 426, as a name or a command is no longer the question then.',
    table(['Code', 'Reply', 'Words', 'May work later unchanged'], errors),
    '## Texts',
    'What the FTP server says by itself. `…` stands for what differs from case to case.',
    table(['Reply', 'Texts'], rows),
  ]);
}

/** The literal texts of replies in the sources of the FTP server, by number. */
async function replyTexts(): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
  const texts = new Map<number, Set<string>>();
  for (const file of sources('src/protocols/ftp/server/**/*.ts')) {
    const text = await readFile(join(root, file), 'utf8');
    for (const [, number, , words = ''] of text.matchAll(
      /\b(?:listReply|reply)\(\s*(\d{3}),\s*(['`])(.*?)\2/g,
    )) {
      const known = texts.get(Number(number)) ?? new Set();
      texts.set(Number(number), known.add(words.replace(/\$\{[^}]*\}/g, '…')));
    }
  }
  return texts;
}

async function describeLimits(): Promise<string> {
  const files = [...sources('src/**/limits.ts'), ...furtherLimits];
  const sections = await Promise.all(files.map((file) => describeLimitsOf(file)));
  return page('Limits', [
    'Everything that a peer can make grow, and every wait, has an end. Sizes are octets and times milliseconds, where the name or the text says nothing else.',
    ...sections.flat(),
  ]);
}

async function describeLimitsOf(file: string): Promise<readonly string[]> {
  const text = await readFile(join(root, file), 'utf8');
  const values = await exportedNumbers(file);
  const rows = [...documented(text)].flatMap(([name, words]) => {
    const value = values.get(name);
    return value === undefined ? [] : [[code(name), value.toLocaleString('en'), words]];
  });
  const missing = values.size - rows.length;
  if (missing !== 0) throw new Error(`${file} has ${missing} limits without a docstring`);
  if (rows.length === 0) return [];
  return [`## ${code(file)}`, table(['Limit', 'Default', 'What it bounds, and why'], rows)];
}

/** Numbers that a module exports, by themselves or as fields of its default objects. */
async function exportedNumbers(file: string): Promise<ReadonlyMap<string, number>> {
  const module = (await import(pathToFileURL(join(root, file)).href)) as Readonly<Record<string, unknown>>;
  const found = new Map<string, number>();
  for (const [name, value] of Object.entries(module)) {
    const fields =
      typeof value === 'object' && value !== null && name.startsWith('default') ? value : { [name]: value };
    for (const [field, amount] of Object.entries(fields)) {
      if (typeof amount === 'number') found.set(field, amount);
    }
  }
  return found;
}

/** Docstrings by the names they stand on; names that follow without one of their own share it. */
function documented(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const pattern = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/((?:\n *(?:export const|readonly) \w+[^\n]*)+)/g;
  for (const [, comment = '', lines = ''] of text.matchAll(pattern)) {
    const words = comment
      .replace(/\n\s*\* ?/g, ' ')
      .replace(/\{@link (\w+)\}/g, '`$1`')
      .trim();
    for (const [, name = ''] of lines.matchAll(/(?:export const|readonly) (\w+)/g)) found.set(name, words);
  }
  return found;
}

function sources(pattern: string): readonly string[] {
  return globSync(pattern, { cwd: root })
    .filter((file) => !file.endsWith('.test.ts'))
    .sort();
}

function page(title: string, parts: readonly string[]): string {
  return [
    `# ${title}`,
    '<!-- Written by `npm run docs` from the sources; edit those. -->',
    ...parts,
    '',
  ].join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function code(text: string): string {
  return `\`${text}\``;
}

if (import.meta.main) {
  await mkdir(join(root, directory), { recursive: true });
  for (const [path, text] of await referencePages()) await writeFile(join(root, path), text);
}
