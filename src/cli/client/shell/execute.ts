import { bookmarkCommands } from './commands/bookmarks.ts';
import { changeCommands } from './commands/changes.ts';
import { controlCommands } from './commands/control.ts';
import { listingCommands } from './commands/listings.ts';
import { localCommands } from './commands/local.ts';
import { placeCommands } from './commands/places.ts';
import { timeCommands } from './commands/time.ts';
import { transferCommands } from './commands/transfers.ts';
import type { Reporter } from '../output/reporter.ts';
import { parseLine, type ShellLine } from './line.ts';
import type { ShellSession } from './session.ts';
import type { ShellCall, ShellCommand } from './shell-command.ts';
import { ShellError } from './shell-error.ts';
import { writingTo } from './writing-to.ts';

/** Aliases that name aliases, at most so deep. */
const deepestAlias = 8;

/** Every command of the shell, in the order of its help. */
export const shellCommands: readonly ShellCommand[] = [
  ...placeCommands,
  ...bookmarkCommands,
  ...listingCommands,
  ...transferCommands,
  ...changeCommands,
  ...localCommands,
  ...controlCommands(() => shellCommands, executeWithin),
  ...timeCommands(executeWithin),
];

/** Runs a line for a command, as if it were typed. */
async function executeWithin({ session, work, signal }: ShellCall, line: string): Promise<void> {
  await executeLine(session, line, { signal, report: work.report });
}

const byName = new Map(
  shellCommands.flatMap((command) => command.names.map((name) => [name, command] as const)),
);

/**
 * Runs a line. What is ended by `&` goes on in the background and tells of its failures itself.
 *
 * @throws whatever the first command that fails throws
 */
export async function executeLine(
  session: ShellSession,
  text: string,
  {
    signal,
    report = session.report,
  }: { readonly signal: AbortSignal; readonly report?: Reporter | undefined },
): Promise<void> {
  for (const line of parsed(text)) {
    if (session.ended || signal.aborted) return;
    if (line.inBackground) {
      const { number } = session.jobs.start(line.words.join(' '), (stop) =>
        tellingFailures(session, () =>
          executeCommand(session, line, { signal: stop, report: report.withoutBars() }),
        ),
      );
      report.note(`[${number}] started`);
    } else {
      await executeCommand(session, line, { signal, report });
    }
  }
}

function parsed(text: string): readonly ShellLine[] {
  try {
    return parseLine(text);
  } catch (thrown) {
    throw new ShellError((thrown as Error).message, { cause: thrown });
  }
}

async function tellingFailures(session: ShellSession, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (thrown) {
    session.report.failure(thrown);
  }
}

async function executeCommand(
  session: ShellSession,
  { words: given, quoted, output }: ShellLine,
  { signal, report }: { readonly signal: AbortSignal; readonly report: Reporter },
): Promise<void> {
  const [first = '', ...further] = withAliases(session, given);
  // Behind a semicolon too, a word that begins with ! is for the shell of the system.
  const isLocal = first.startsWith('!') && first !== '!';
  const name = isLocal ? '!' : first;
  const rest = isLocal ? [first.slice(1), ...further] : further;
  const command = byName.get(name);
  if (command === undefined)
    throw new ShellError(`there is no command "${name}"; "help" shows what there is`);
  const quotedWords = new Set([...quoted].map((index) => given[index] ?? ''));
  const call =
    command.verbatim === true
      ? { words: rest, flags: new Set<string>(), options: new Map<string, string>() }
      : sortWords(rest, { quoted: quotedWords, valued: command.valued ?? '' });
  const [fewest, most] = command.words;
  if (call.words.length < fewest || call.words.length > most) {
    throw new ShellError(`this is called as: ${name} ${command.usage}`);
  }
  const run = (target: Reporter): Promise<void> => {
    const work = { ...session.work, report: target, signal };
    return command.run({ session, name, work, ...call, quoted: quotedWords, signal });
  };
  if (output === null) await run(report);
  else await writingTo(session, output, { signal, write: (stream) => run(report.to(stream)) });
}

function withAliases(session: ShellSession, given: readonly string[]): readonly string[] {
  let words = given;
  for (let depth = 0; depth < deepestAlias; depth += 1) {
    const meaning = session.aliases.get(words[0] ?? '');
    if (meaning === undefined) return words;
    words = [...(parsed(meaning)[0]?.words ?? []), ...words.slice(1)];
  }
  return words;
}

/** Tells flags and words apart; what is quoted, or stands behind `--`, is a word. */
function sortWords(
  rest: readonly string[],
  { quoted, valued }: { readonly quoted: ReadonlySet<string>; readonly valued: string },
): Pick<ShellCall, 'words' | 'flags' | 'options'> {
  const words: string[] = [];
  const flags = new Set<string>();
  const options = new Map<string, string>();
  let onlyWords = false;
  const given = rest[Symbol.iterator]();
  for (const word of given) {
    if (onlyWords || quoted.has(word) || !/^-[a-zA-Z-]/u.test(word)) words.push(word);
    else if (word === '--') onlyWords = true;
    else if (word.startsWith('--')) {
      const [name = '', value = ''] = word.slice(2).split('=', 2);
      options.set(name, value);
    } else {
      const letters = word.slice(1);
      // The first letter that takes a value ends them: the rest of the word is the value, or the next word.
      const valuedAt = Array.from(letters).findIndex((letter) => valued.includes(letter));
      for (const letter of valuedAt < 0 ? letters : letters.slice(0, valuedAt)) flags.add(letter);
      if (valuedAt < 0) continue;
      const attached = letters.slice(valuedAt + 1);
      const value = attached === '' ? given.next().value : attached;
      if (value === undefined) throw new ShellError(`-${letters.charAt(valuedAt)} takes a value`);
      options.set(letters.charAt(valuedAt), value);
    }
  }
  return { words, flags, options };
}
