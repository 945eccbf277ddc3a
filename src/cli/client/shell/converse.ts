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
  for (
    let line = await readLine(promptOf(session));
    line !== null;
    line = await readLine(promptOf(session))
  ) {
    if (line.trim() === '') continue;
    session.history.push(line);
    const controller = new AbortController();
    session.work.interrupts.handler = () => {
      controller.abort();
    };
    try {
      await executeLine(session, line, controller.signal);
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

/** A new interface for each line: between lines the terminal belongs to the command, its bars and its questions. */
function terminalLines(session: ShellSession): ReadLine {
  return (prompt) =>
    new Promise((resolve) => {
      const terminal = createInterface({
        input: process.stdin,
        output: process.stdout,
        prompt,
        history: session.history.toReversed(),
        removeHistoryDuplicates: true,
        completer: (line: string, done: Completed) => {
          void answerWith(session, line, done);
        },
      });
      let answer: string | null = null;
      terminal.on('line', (line) => {
        answer = line;
        terminal.close();
      });
      terminal.on('SIGINT', () => {
        process.stdout.write('^C\n');
        answer = '';
        terminal.close();
      });
      terminal.on('close', () => {
        resolve(answer);
      });
      terminal.prompt();
    });
}

type Completed = (error: null, result: [string[], string]) => void;

async function answerWith(session: ShellSession, line: string, done: Completed): Promise<void> {
  const [candidates, word] = await complete(session, line);
  done(null, [candidates, word]);
}
