import { setTimeout as pause } from 'node:timers/promises';
import { readMilliseconds } from '../../flags/values.ts';
import { formatLine } from '../line.ts';
import type { ExecuteLine, ShellCall, ShellCommand } from '../shell-command.ts';
import { ShellError } from '../shell-error.ts';

/** A longer wait is beyond a timer of Node. */
const longestMs = 2 ** 31 - 1;

/** What has to do with time. `execute` runs a line as if it were typed, and throws what fails. */
export function timeCommands(execute: ExecuteLine): readonly ShellCommand[] {
  return [
    {
      names: ['sleep'],
      usage: 'TIME',
      summary: 'Wait so many seconds, or as in 500ms, 5m, 2h',
      words: [1, 1],
      async run({ words: [word = ''], signal }) {
        const delayMs = readMilliseconds(word);
        if (delayMs === null) throw new ShellError(`"${word}" is no time; give it as in 30, 500ms, 5m or 2h`);
        await wait(delayMs, signal);
      },
    },
    {
      names: ['repeat'],
      usage: '[-c N] [--while-ok|--until-ok] [TIME] COMMAND...',
      summary: 'Do something again and again, a second apart, until it is stopped; several things in quotes',
      words: [1, Number.POSITIVE_INFINITY],
      verbatim: true,
      async run(call) {
        const { count, end, delayMs, line } = readRepetition(call.words);
        for (let done = 1; !call.session.ended && !call.signal.aborted; done += 1) {
          const isDone = await attempt(() => execute(call, line), call, end === 'first-failure');
          if (done === count || (end === 'first-success' && isDone)) return;
          await wait(delayMs, call.signal);
        }
      },
    },
  ];
}

/** How often something is done, and what ends it before. */
interface Repetition {
  readonly count: number;
  readonly end: 'first-failure' | 'first-success' | null;
  readonly delayMs: number;
  readonly line: string;
}

const ends: Readonly<Record<string, Repetition['end']>> = {
  '--while-ok': 'first-failure',
  '--until-ok': 'first-success',
};

/** Takes its own flags from the front; what follows is the command, whose flags are its own. */
function readRepetition(words: readonly string[]): Repetition {
  const left = [...words];
  let count = Number.POSITIVE_INFINITY;
  let end: Repetition['end'] = null;
  for (let word = left[0]; word?.startsWith('-') === true; word = left[0]) {
    left.shift();
    const given = word === '-c' ? left.shift() : /^(?:-c|--count=)(\d+)$/u.exec(word)?.[1];
    if (given === undefined && ends[word] === undefined)
      throw new ShellError(`repeat has no ${word}; -c N, --while-ok and --until-ok are its flags`);
    end = ends[word] ?? end;
    if (given === undefined) continue;
    count = Number(given);
    if (!Number.isInteger(count) || count < 1) throw new ShellError('-c takes a whole number from 1 on');
  }
  const delayMs = left.length > 1 ? readMilliseconds(left[0] ?? '') : null;
  if (delayMs !== null) left.shift();
  if (left.length === 0) throw new ShellError('repeat takes a command');
  return {
    count,
    end,
    delayMs: delayMs ?? 1000,
    line: left.length === 1 ? (left[0] ?? '') : formatLine(left),
  };
}

/** Whether it worked; a failure is told of, or thrown where it ends everything. An interruption always is. */
async function attempt(
  work: () => Promise<void>,
  { work: { report }, signal }: ShellCall,
  isFailureTheEnd: boolean,
): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (thrown) {
    if (isFailureTheEnd || signal.aborted) throw thrown;
    report.failure(thrown);
    return false;
  }
}

async function wait(delayMs: number, signal: AbortSignal): Promise<void> {
  await pause(Math.min(delayMs, longestMs), undefined, { signal }).catch((error: unknown) => {
    // Who stops a pause wants nothing but that.
    if (!signal.aborted) throw error;
  });
}
