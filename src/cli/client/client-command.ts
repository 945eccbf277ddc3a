import { connect } from '#client/connect/connect.ts';
import type { RemoteConnection } from '#client/index.ts';
import type { ConnectOptions } from '#client/options.ts';
import { Secret } from '#core/secret.ts';
import type { CliCommand } from '../cli-command.ts';
import { UsageError } from '../exit-codes.ts';
import { readWords } from '../words.ts';
import { askForLogin, canAsk, judgeCertificateAtTerminal, judgeHostKeyAtTerminal } from './ask/terminal.ts';
import { exitCodeOfAll } from './exit-code-of.ts';
import { connectionChoices, connectionFlags, readConnectionFiles } from './flags/connection-flags.ts';
import { type FlagRow, GivenFlags, helpOf, specsOf } from './flags/flag-row.ts';
import { ValueReader } from './flags/values.ts';
import { withNetrc } from './login/with-netrc.ts';
import { savedSites } from './login/saved-sites.ts';
import { Reporter } from './output/reporter.ts';

/** What a client command is made of. */
export interface ClientCommandDefinition<Choices> {
  readonly name: string;
  /** The words after the name. */
  readonly usage: string;
  /** What it does, in a paragraph or two. */
  readonly about: string;
  readonly flags: readonly FlagRow[];
  /** Lines of a command and what it does, for the help. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** How many words it takes beside flags. */
  readonly words: readonly [fewest: number, most: number];
  /** Reads its own flags; problems are told to `problems`. */
  readonly choose: (given: GivenFlags, read: ValueReader, problems: string[]) => Choices;
  readonly run: (work: ClientWork, words: readonly string[], choices: Choices) => Promise<number>;
}

/** What a running client command works with. */
export interface ClientWork {
  readonly report: Reporter;
  /** Aborted when the user stops the program. */
  readonly signal: AbortSignal;
  readonly options: ConnectOptions;
  /** What an interruption does; at first it stops the command by {@link signal}, and the second time the program. */
  readonly interrupts: { handler: () => void };
  /** Opens a place; closed by itself when the command ends. */
  readonly open: (address: string, more?: ConnectOptions) => Promise<RemoteConnection>;
}

const outputFlags: readonly FlagRow[] = [
  { name: 'json', help: 'results, and progress, as lines of JSON' },
  { name: 'quiet', short: 'q', help: 'say nothing but errors' },
  {
    name: 'verbose',
    short: 'v',
    help: 'show on standard error what is said to the server and what it answers',
  },
];

/** Makes a command of the program from its definition. */
export function clientCommand<Choices>(definition: ClientCommandDefinition<Choices>): CliCommand {
  const { name, usage, about, flags, examples } = definition;
  const shown = examples.map(([command, meaning]) => `  # ${meaning}\n  ${command}`).join('\n');
  const own = flags.length === 0 ? '' : `Options:\n${helpOf(flags)}\n\n`;
  const help =
    `Usage: wherry ${name} [options] ${usage}\n\n${about}\n\n${own}` +
    `Output:\n${helpOf(outputFlags)}\n\nConnection:\n${helpOf(connectionFlags)}\n\nExamples:\n${shown}\n`;
  return { help, run: (words) => runClientCommand(definition, words) };
}

async function runClientCommand<Choices>(
  definition: ClientCommandDefinition<Choices>,
  given: readonly string[],
): Promise<number> {
  const { name, flags, words } = definition;
  const rows = [...flags, ...outputFlags, ...connectionFlags];
  const { values, positionals, problems: misread } = readWords(given, specsOf(rows));
  const problems = [...misread];
  const read = new ValueReader(problems);
  const flagsGiven = new GivenFlags(values);
  const choices = definition.choose(flagsGiven, read, problems);
  const connection = connectionChoices(flagsGiven, read, problems);
  const [fewest, most] = words;
  if (positionals.length < fewest || positionals.length > most) {
    problems.push(`this is called as: wherry ${name} ${definition.usage}`);
  }
  if (problems.length > 0) {
    throw new UsageError([...problems, `"wherry ${name} --help" tells more`].join('\nwherry: '));
  }
  const report = new Reporter({
    json: flagsGiven.has('json'),
    quiet: flagsGiven.has('quiet'),
    verbose: flagsGiven.has('verbose'),
  });
  const options = withPeople(await readConnectionFiles(flagsGiven, connection), report);
  return conduct(definition, { report, options, positionals, choices });
}

interface Ready<Choices> {
  readonly report: Reporter;
  readonly options: ConnectOptions;
  readonly positionals: readonly string[];
  readonly choices: Choices;
}

/** Runs the command; the first interruption stops what is under way, the second ends the program at once. */
async function conduct<Choices>(
  definition: ClientCommandDefinition<Choices>,
  { report, options, positionals, choices }: Ready<Choices>,
): Promise<number> {
  const controller = new AbortController();
  const interrupts = {
    handler: (): void => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    },
  };
  const interrupt = (): void => {
    interrupts.handler();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  const opened: RemoteConnection[] = [];
  const { signal } = controller;
  const open = async (address: string, more: ConnectOptions = {}): Promise<RemoteConnection> => {
    const place = await connect(address, await withNetrc(address, { ...options, ...more, signal }));
    opened.push(place);
    return place;
  };
  try {
    return await definition.run({ report, signal, options, interrupts, open }, positionals, choices);
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown;
    report.failure(thrown);
    return signal.aborted ? 130 : exitCodeOfAll([thrown], 0);
  } finally {
    await Promise.allSettled(opened.map(async (place) => place.close()));
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

/** Adds the person at the terminal, where there is one, and the environment. */
function withPeople(options: ConnectOptions, report: Reporter): ConnectOptions {
  const password = options.password ?? process.env['WHERRY_PASSWORD'];
  const asking = canAsk();
  const hostKeys = options.ssh?.hostKeys;
  const mode = hostKeys?.mode === 'ask' && !asking ? 'strict' : hostKeys?.mode;
  return {
    ...options,
    password:
      password === undefined ? undefined : password instanceof Secret ? password : new Secret(password),
    sites: savedSites(),
    ...(asking ? { ask: askForLogin } : {}),
    tls: { ...options.tls, ...(asking ? { onUntrusted: judgeCertificateAtTerminal } : {}) },
    ssh: {
      ...options.ssh,
      hostKeys: { ...hostKeys, mode, judge: asking ? judgeHostKeyAtTerminal : undefined },
    },
    ...(report.verbose ? { onConversation: (line) => report.conversation(line) } : {}),
  };
}
