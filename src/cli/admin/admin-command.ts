import { nearestWord } from '#core/nearest-word.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import { exitCodeOf } from '../client/exit-code-of.ts';
import type { CliCommand } from '../cli-command.ts';
import { dataDirectoryOf } from '../data-directory.ts';
import { ExitCode, UsageError } from '../exit-codes.ts';
import { readCommandWords, type FlagSpec, type FlagValues } from '../words.ts';
import { openAdministration, type AdministrationClient } from './administration-client.ts';
import { AdminOutput } from './admin-output.ts';

type Specs = Readonly<Record<string, FlagSpec>>;

/** What an action works with. */
export interface ActionContext<Flags extends Specs> {
  readonly words: readonly string[];
  readonly flags: FlagValues<Flags>;
  readonly output: AdminOutput;
  /** The administration; opened when it is first asked for, and closed after the action. */
  readonly administration: () => Promise<AdministrationClient>;
  readonly dataDirectory: string;
}

/** One thing that a command does, as `wherry user add`. */
export interface AdminAction<Flags extends Specs = Specs> {
  /** Empty for what the command does without a further word. */
  readonly name: string;
  /** What stands behind the name, as `NAME [FILE]`; words in brackets may be left out. */
  readonly usage: string;
  readonly summary: string;
  readonly flags: Flags;
  /** Lines of help for the flags. */
  readonly flagHelp: readonly string[];
  readonly examples: readonly string[];
  /** @returns the exit code, or nothing for success */
  run(context: ActionContext<Flags>): Promise<number | undefined>;
}

const commonFlags = {
  json: { type: 'boolean' },
  'data-dir': { type: 'string' },
} as const satisfies Specs;

const commonHelp = [
  '--json                 JSON, one object a line',
  '--data-dir DIR         the data directory of the server ($WHERRY_DATA_DIR, $XDG_STATE_HOME/wherry)',
];

/** Keeps the types of an action's flags together. */
export function action<const Flags extends Specs>(definition: AdminAction<Flags>): AdminAction {
  // The flags that an action reads are those it declares; the table of a command forgets which.
  return definition;
}

/** A command made of actions. */
export function adminCommand(name: string, about: string, actions: readonly AdminAction[]): CliCommand {
  const find = (words: readonly string[]): AdminAction | null =>
    actions.find((candidate) => candidate.name !== '' && candidate.name === words[0]) ??
    actions.find((candidate) => candidate.name === '') ??
    null;
  return {
    help: overview(name, about, actions),
    helpFor: (words) => {
      const found = find(words);
      return found === null || (found.name === '' && actions.length > 1) ? null : actionHelp(name, found);
    },
    async run(words) {
      const found = find(words);
      if (found === null) {
        const names = actions.map((candidate) => candidate.name);
        const near = words[0] === undefined ? null : nearestWord(words[0], names);
        const hint = near === null ? `choose ${names.join(', ')}` : `did you mean "${near}"?`;
        throw new UsageError(
          `${words[0] === undefined ? `wherry ${name} what` : `wherry ${name} ${words[0]}`}? ${hint}`,
        );
      }
      return runAction(name, found, found.name === '' ? words : words.slice(1));
    },
  };
}

async function runAction(name: string, found: AdminAction, words: readonly string[]): Promise<number> {
  const called = `wherry ${name}${found.name === '' ? '' : ` ${found.name}`}`;
  const { values, positionals } = readCommandWords(called, words, { ...found.flags, ...commonFlags });
  demandWords(called, found.usage, positionals);
  const { 'data-dir': given, json, ...flags } = values as FlagValues<Specs & typeof commonFlags>;
  const dataDirectory = dataDirectoryOf(given);
  let opened: Promise<AdministrationClient> | null = null;
  try {
    const code = await found.run({
      words: positionals,
      flags,
      output: new AdminOutput(json === true),
      administration: async () => (opened ??= openAdministration(dataDirectory)),
      dataDirectory,
    });
    return code ?? ExitCode.done;
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown;
    const error = toWherryError(thrown, `run ${called}`);
    if (!(thrown instanceof WherryError) && process.env['WHERRY_DEBUG'] !== undefined) throw thrown;
    process.stderr.write(`wherry: ${error.message}\n`);
    return exitCodeOf(error);
  } finally {
    const client = await (opened as Promise<AdministrationClient> | null)?.catch(() => null);
    await client?.close();
  }
}

function demandWords(called: string, usage: string, words: readonly string[]): void {
  const places = usage.split(' ').filter((place) => place !== '' && !place.startsWith('--'));
  const wanted = places.filter((place) => !place.startsWith('['));
  const most = places.some((place) => place.endsWith('…') || place.endsWith('…]')) ? Infinity : places.length;
  if (words.length >= wanted.length && words.length <= most) return;
  const missing = wanted.slice(words.length);
  const problem =
    missing.length > 0 ? `${missing.join(' and ')} is missing` : `too much: ${words.slice(most).join(' ')}`;
  throw new UsageError(`${problem}; write: ${`${called} ${usage}`.trimEnd()}`);
}

function overview(name: string, about: string, actions: readonly AdminAction[]): string {
  const titles = actions.map((found) => [found.name, found.usage].filter((part) => part !== '').join(' '));
  const width = Math.max(...titles.map((title) => title.length));
  const rows = actions.map(({ summary }, index) => `  ${(titles[index] ?? '').padEnd(width)}  ${summary}`);
  const examples = actions.flatMap(({ examples: [first = ''] }) => (first === '' ? [] : [`  ${first}`]));
  const only = actions.length === 1 ? (actions[0] ?? null) : null;
  if (only !== null) return actionHelp(name, only);
  return [
    `Usage: wherry ${name} <action> [options]`,
    '',
    about,
    '',
    'Actions',
    ...rows,
    '',
    'Every action takes',
    ...commonHelp.map((line) => `  ${line}`),
    '',
    `"wherry ${name} <action> --help" tells more of each.`,
    '',
    'Examples',
    ...examples,
    '',
  ].join('\n');
}

function actionHelp(name: string, { name: word, usage, summary, flagHelp, examples }: AdminAction): string {
  const called = ['wherry', name, word, usage, '[options]'].filter((part) => part !== '').join(' ');
  return [
    `Usage: ${called}`,
    '',
    `${summary}.`,
    '',
    'Options',
    ...[...flagHelp, ...commonHelp].map((line) => `  ${line}`),
    '',
    'Examples',
    ...examples.map((line) => `  ${line}`),
    '',
  ].join('\n');
}
