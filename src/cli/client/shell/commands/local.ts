import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ShellCall, ShellCommand } from '../shell-command.ts';
import { ShellError } from '../shell-error.ts';

async function runLocally(
  { session, work, signal }: ShellCall,
  program: string,
  words: readonly string[],
): Promise<void> {
  const { output } = work.report;
  const isTerminal = output === process.stdout;
  const child = spawn(program, [...words], {
    cwd: session.localDirectory,
    stdio: ['inherit', isTerminal ? 'inherit' : 'pipe', 'inherit'],
    signal,
  });
  child.stdout?.pipe(output, { end: false });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new ShellError(`the command ended with ${code ?? 'a signal'}`);
}

/** What happens on this machine. */
export const localCommands: readonly ShellCommand[] = [
  {
    names: ['!', 'shell'],
    usage: '[COMMAND]',
    summary: 'Run a command of this machine, or its shell',
    words: [0, Number.POSITIVE_INFINITY],
    verbatim: true,
    async run(call) {
      const shell = process.env['SHELL'] ?? '/bin/sh';
      const command = call.words.join(' ');
      await runLocally(call, shell, command === '' ? [] : ['-c', command]);
    },
  },
  {
    names: ['lls'],
    usage: '[WORDS...]',
    summary: 'List the local directory with ls',
    words: [0, Number.POSITIVE_INFINITY],
    completes: 'local',
    async run(call) {
      const flags = [...call.flags].map((letter) => `-${letter}`);
      await runLocally(call, 'ls', [...flags, '--', ...call.words]);
    },
  },
  {
    names: ['lmkdir'],
    usage: 'DIRECTORY...',
    summary: 'Make local directories',
    words: [1, Number.POSITIVE_INFINITY],
    async run(call) {
      await runLocally(call, 'mkdir', ['--', ...call.words]);
    },
  },
];
