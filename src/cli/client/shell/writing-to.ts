import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { toWherryError } from '#core/errors.ts';
import type { ShellOutput } from './line.ts';
import type { ShellSession } from './session.ts';
import { ShellError } from './shell-error.ts';

interface Writing {
  readonly signal: AbortSignal;
  /** Writes the results; the stream stays open behind it. */
  readonly write: (stream: NodeJS.WritableStream) => Promise<void>;
}

/**
 * Lets results go into a file of this machine or into a command of its shell, and waits until they are there.
 *
 * @throws WherryError when the file cannot be written, ShellError when the command ends with another code than 0
 */
export async function writingTo(session: ShellSession, output: ShellOutput, writing: Writing): Promise<void> {
  await (output.kind === 'file'
    ? writeToFile(session.local(output.path), output, writing)
    : writeToProgram(session, output.command, writing));
}

async function writeToFile(
  file: string,
  { path, append }: Extract<ShellOutput, { kind: 'file' }>,
  { write }: Writing,
): Promise<void> {
  const stream = createWriteStream(file, { flags: append ? 'a' : 'w' });
  // It is told of below, also when it comes while somebody still writes.
  const written = finished(stream).catch((error: unknown) => {
    throw toWherryError(error, `write ${path}`);
  });
  written.catch(() => undefined);
  try {
    await Promise.race([write(stream), written]);
  } finally {
    stream.end();
  }
  await written;
}

async function writeToProgram(
  session: ShellSession,
  command: string,
  { signal, write }: Writing,
): Promise<void> {
  if (command === '') throw new ShellError('behind | comes a command of this machine');
  const child = spawn(process.env['SHELL'] ?? '/bin/sh', ['-c', command], {
    cwd: session.localDirectory,
    stdio: ['pipe', 'inherit', 'inherit'],
    signal,
  });
  // Who has read enough leaves before the end.
  child.stdin.on('error', () => undefined);
  const closed = once(child, 'close') as Promise<[number | null]>;
  closed.catch(() => undefined);
  try {
    await Promise.race([write(child.stdin), closed]);
  } finally {
    child.stdin.end();
  }
  const [code] = await closed;
  if (code !== 0) throw new ShellError(`the command behind | ended with ${code ?? 'a signal'}`);
}
