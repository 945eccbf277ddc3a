import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** `sysconf(_SC_CLK_TCK)`, 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

type ProcessTimes = { readonly parent: number; readonly cpuSeconds: number };

function readTimes(pid: string): ProcessTimes | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined; // It ended while the directory was being read.
  }
  // proc(5): the name in parentheses may hold anything, so the fields count from its end. 4 = ppid, 14-17 = utime … cstime.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { parent: Number(fields[1]), cpuSeconds: ticks / ticksPerSecond };
}

function treeOf(root: number): Map<number, ProcessTimes> {
  const all = new Map<number, ProcessTimes>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const times = readTimes(name);
    if (times !== undefined) all.set(Number(name), times);
  }
  const tree = new Map<number, ProcessTimes>();
  const belongs = (pid: number): boolean => {
    if (pid === root) return true;
    const parent = all.get(pid)?.parent;
    return parent !== undefined && parent > 1 && belongs(parent);
  };
  for (const [pid, times] of all) if (belongs(pid)) tree.set(pid, times);
  return tree;
}

/** User and system time of a process and all its descendants so far, those already reaped included, in seconds. */
export function cpuSecondsOf(root: number): number {
  return [...treeOf(root).values()].reduce((sum, times) => sum + times.cpuSeconds, 0);
}

/** Time on a processor of a process's first thread, in seconds: what bounds one connection of an event loop. */
export function mainThreadSecondsOf(pid: number): number {
  const [nanoseconds = ''] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'latin1').split(' ');
  return Number(nanoseconds) / 1e9;
}

/**
 * Proportional set size of a process and all its descendants, in bytes: pages shared by forks count once. Falls back to nothing:
 * a process that ended meanwhile counts as 0.
 */
export function memoryBytesOf(root: number): number {
  let total = 0;
  for (const pid of treeOf(root).keys()) {
    try {
      const match = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'));
      total += Number(match?.[1] ?? 0) * 1024;
    } catch {
      continue;
    }
  }
  return total;
}

/** Ends a process and what it started: politely, then after two seconds without asking. */
export async function stopTree(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const members = [...treeOf(child.pid).keys()];
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  await Promise.race([ended, delay(2000, undefined, { ref: false })]);
  for (const pid of members) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      continue; // Already gone, which is the aim.
    }
  }
  await ended;
}

/**
 * Starts a program with the highest limit of open files it may have, its output kept for error messages. The program is
 * the process itself (no shell stays in between), so its pid is the root of the server's tree.
 */
export function startProgram(
  command: readonly string[],
  options: SpawnOptions = {},
): { child: ChildProcess; output: () => string } {
  const child = spawn('/bin/sh', ['-c', 'ulimit -n "$(ulimit -Hn)"; exec "$@"', 'sh', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-4096);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return { child, output: () => output };
}

/** `{ port: '1' }` as `['--port', '1']`. */
export function flagsOf(flags: Readonly<Record<string, string>>): string[] {
  return Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
}
