import { exitCodeOfAll } from '../exit-code-of.ts';
import { executeLine } from './execute.ts';
import type { ShellSession } from './session.ts';
import { ShellError } from './shell-error.ts';

/**
 * Runs the lines of a script. The first that fails ends it, unless `set continue-on-error on` was said or the line
 * begins with `-`, as in scripts of OpenSSH's sftp.
 *
 * @returns the exit code: what `exit` said, or that of the failure
 */
export async function runScript(session: ShellSession, lines: AsyncIterable<string>): Promise<number> {
  const failures: unknown[] = [];
  const { signal } = session.work;
  for await (const text of lines) {
    const mayFail = text.startsWith('-') && !text.startsWith('--');
    try {
      await executeLine(session, mayFail ? text.slice(1) : text, { signal });
    } catch (thrown) {
      session.report.failure(thrown);
      if (mayFail) continue;
      failures.push(thrown);
      if (!session.settings['continue-on-error']) break;
    }
    if (session.ended || signal.aborted) break;
  }
  await session.jobs.wait(signal);
  if (signal.aborted) return 130;
  if (session.exitCode !== null) return session.exitCode;
  const told = failures.filter((thrown) => !(thrown instanceof ShellError));
  return told.length === 0 && failures.length > 0 ? 1 : exitCodeOfAll(told, 0);
}
