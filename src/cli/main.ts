import { commandTable } from './command-table.ts';
import { ExitCode, UsageError } from './exit-codes.ts';
import { printMainHelp } from './help.ts';
import { version } from './version.ts';

/** Runs one command of the program and returns its exit code. */
async function run(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === 'help' && rest.length > 0) return run([...rest, '--help']);
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    printMainHelp(process.stdout);
    return name === undefined ? ExitCode.usage : ExitCode.done;
  }
  if (name === '--version' || name === '-V' || name === 'version') {
    process.stdout.write(`wherry ${version}\n`);
    return ExitCode.done;
  }
  const row = commandTable.find((candidate) => candidate.name === name);
  if (row === undefined) {
    throw new UsageError(`There is no command "${name}". "wherry --help" lists what there is.`);
  }
  const { command } = await row.load();
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(command.helpFor?.(rest) ?? command.help);
    return ExitCode.done;
  }
  return command.run(rest);
}

// Whoever reads the output, as `head` does, may have enough of it before its end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(ExitCode.done);
});

/** Runs what was called for; never rejects. */
async function main(): Promise<void> {
  // Should something be waited for that never comes, the end of the program is no success.
  process.exitCode = ExitCode.someFailed;
  try {
    process.exitCode = await run(process.argv.slice(2));
  } catch (thrown) {
    if (thrown instanceof UsageError) {
      process.stderr.write(`wherry: ${thrown.message}\n`);
      process.exitCode = ExitCode.usage;
      return;
    }
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    process.stderr.write(`wherry: ${message}\n`);
    if (process.env['WHERRY_DEBUG'] !== undefined && thrown instanceof Error)
      process.stderr.write(`${thrown.stack}\n`);
  }
}

void main();
