import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium, type CDPSession, type Page } from 'playwright-core';
import { startProgram, stopTree } from '../processes.ts';
import type { Workspace } from '../workspace.ts';

const program = join(import.meta.dirname, '../../bin/wherry');
const chromiumProgram = process.env['WHERRY_CHROMIUM'] ?? '/usr/bin/chromium';

/** `wherry ui` over the workspace's files, open in a browser. */
export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** Carries something out and @returns how long the page's longest task was meanwhile, in milliseconds. */
  readonly longestTask: (work: () => Promise<void>) => Promise<TaskTime>;
  /** Carries something out and @returns what all threads of the page took of the processors meanwhile, in milliseconds. */
  readonly cpuMs: (work: () => Promise<void>) => Promise<number>;
}

/** The same, with the address yet to be visited. */
export interface WaitingPage extends OpenPage {
  readonly address: string;
}

/** A task of the page's main thread: by the clock, and what it took of a processor. */
export interface TaskTime {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Starts `wherry ui` with the workspace's tree as the home of its user, and opens it in Debian's Chromium. */
export async function openUserInterface(workspace: Workspace): Promise<OpenPage> {
  const waiting = await startUserInterface(workspace);
  await waiting.page.goto(waiting.address);
  return waiting;
}

/** Starts `wherry ui` and a browser, which has not been told of it. */
export async function startUserInterface(workspace: Workspace): Promise<WaitingPage> {
  if (!existsSync(chromiumProgram))
    throw new Error('there is no Chromium: install the Debian package chromium');
  await using started = new AsyncDisposableStack();
  const state = await mkdtemp(join(workspace.scratch, 'ui-'));
  started.defer(() => rm(state, { recursive: true, force: true }));
  const { child, output } = startProgram([program, 'ui', '--no-open'], {
    env: {
      PATH: process.env['PATH'],
      HOME: workspace.tree,
      XDG_CONFIG_HOME: join(state, 'config'),
      XDG_STATE_HOME: join(state, 'state'),
    },
  });
  started.defer(() => stopTree(child));
  if (child.stdout === null) throw new Error('it says nothing');
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error(`it ended at once: ${output()}`))),
  ])) as [string];
  const browser = await chromium.launch({
    executablePath: chromiumProgram,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  started.defer(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1360, height: 860 }, locale: 'en-GB' });
  page.setDefaultTimeout(120_000);
  const session = await browser.newBrowserCDPSession();
  const rest = started.move();
  return {
    page,
    address: /http:\S+/u.exec(line)?.[0] ?? '',
    longestTask: async (work) => longestOf(await trace(session, work)),
    cpuMs: async (work) => busiestOf(await trace(session, work)),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

/** What a trace of Chromium tells of one task, or of a thread; times in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

async function trace(session: CDPSession, work: () => Promise<void>): Promise<readonly TraceEvent[]> {
  const events: TraceEvent[] = [];
  const keep = ({ value }: { readonly value: readonly object[] }): void => {
    for (const event of value) events.push(event as TraceEvent);
  };
  session.on('Tracing.dataCollected', keep);
  await session.send('Tracing.start', { traceConfig: { includedCategories: ['toplevel'] } });
  try {
    await work();
  } finally {
    const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    await complete;
    session.off('Tracing.dataCollected', keep);
  }
  return events;
}

/** Of a page's process all threads together; the browser has a page or two of its own, which do next to nothing. */
function busiestOf(events: readonly TraceEvent[]): number {
  const pages = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args.name === mainThread)
      .map(({ pid }) => pid),
  );
  const totals = new Map<number, number>();
  for (const { name, pid, tdur = 0 } of events) {
    if (pages.has(pid) && taskEvents.has(name)) totals.set(pid, (totals.get(pid) ?? 0) + tdur / 1000);
  }
  return Math.max(...totals.values());
}

function longestOf(events: readonly TraceEvent[]): TaskTime {
  const mainThreads = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args.name === mainThread)
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  let longest = { ms: 0, cpuMs: 0 };
  for (const { name, pid, tid, dur = 0, tdur = dur } of events) {
    if (name !== taskEvent || !mainThreads.has(`${pid} ${tid}`)) continue;
    longest = { ms: Math.max(longest.ms, dur / 1000), cpuMs: Math.max(longest.cpuMs, tdur / 1000) };
  }
  return longest;
}

const mainThread = 'CrRendererMain';
/** A task of a thread in Chromium's traces, and one of the threads that anybody may ask. */
const taskEvent = 'ThreadControllerImpl::RunTask';
const taskEvents = new Set([taskEvent, 'ThreadPool_RunTask']);
