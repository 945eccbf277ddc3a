import { createInterface } from 'node:readline';
import { complete } from './completion.ts';
import { executeLine } from './execute.ts';
import { readHistory, writeHistory } from './history-file.ts';
import type { ShellSession } from './session.ts';

/** Asks for one line; null at the end of the input, an empty line after an interruption. */
type ReadLine = (prompt: string) => Promise<string | null>;

/** Talks with a person at a terminal until they leave. An interruption stops the command, not the shell. */
export async function converse(session: ShellSession): Promise<void> {
  session.history.push(...(await readHistory()));
  const readLine = terminalLines(session);
  const nextLine = (): Promise<string | null> => {
    for (const news of session.jobs.takeNews()) session.report.note(news);
    return readLine(promptOf(session));
  };
  for (let line = await nextLine(); line !== null; line = await nextLine()) {
    if (line.trim() === '') continue;
    session.history.push(line);
    const controller = new AbortController();
    session.work.interrupts.handler = () => {
      controller.abort();
    };
    try {
      await executeLine(session, line, { signal: controller.signal });
    } catch (thrown) {
      session.report.failure(thrown);
    } finally {
      session.work.interrupts.handler = () => undefined;
    }
    if (session.ended) break;
  }
  session.jobs.stopAll();
  await session.jobs.wait(new AbortController().signal);
  await writeHistory(session.history);
}

function promptOf(session: ShellSession): string {
  return session.isOpen ? `${session.address}${session.place.directory}> ` : 'wherry> ';
}

/**
 * A new interface for each line: between lines the terminal belongs to the command, its bars and its questions. What
 * was typed or pasted beyond the line waits for its turn.
 */
function terminalLines(session: ShellSession): ReadLine {
  const waiting: string[] = [];
  let begun = '';
  return (prompt) => {
    const next = waiting.shift();
    if (next !== undefined) return Promise.resolve(next);
    return new Promise((resolve) => {
      let answer: string | null = null;
      const terminal = createInterface({
        input: process.stdin,
        output: process.stdout,
        prompt,
        history: session.history.toReversed(),
        removeHistoryDuplicates: true,
        completer: (line: string, done: Completed) => {
          // Of two quick tabulators the second would add to what the first has completed.
          const isStale = (): boolean => terminal.line.slice(0, terminal.cursor) !== line;
          void answerWith(done, complete(session, line), isStale);
        },
      });
      const leave = (): void => {
        begun = terminal.line;
        terminal.close();
      };
      terminal.on('line', (line) => {
        if (answer !== null) {
          waiting.push(line);
          return;
        }
        answer = line;
        // The rest of what came in one piece is still to be taken.
        setImmediate(leave);
      });
      terminal.on('SIGINT', () => {
        process.stdout.write('^C\n');
        answer = '';
        waiting.length = 0;
        terminal.close();
      });
      terminal.on('close', () => {
        resolve(answer);
      });
      terminal.prompt();
      terminal.write(begun);
      begun = '';
    });
  };
}

type Completed = (error: null, result: [string[], string]) => void;

async function answerWith(
  done: Completed,
  completing: ReturnType<typeof complete>,
  isStale: () => boolean,
): Promise<void> {
  const [candidates, word] = await completing;
  done(null, [isStale() ? [] : candidates, word]);
}
