import { access, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { flagsOf, startProgram, stopTree } from '../processes.ts';
import type { Workspace } from '../workspace.ts';
import type { FtpPeer } from './ftp-peer.ts';
import { account, anonymous, MissingPeer, type Peer, type RunningServer } from './peer.ts';
import { loopback, type Place } from './place.ts';

const program = join(import.meta.dirname, '../../bin/wherry');
const commandLine = join(import.meta.dirname, '../../src/cli/main.ts');
const readyTimeoutMs = 15_000;

type ReadyLine = {
  readonly event: string;
  readonly listeners: ReadonlyArray<{ readonly protocol: string; readonly port: number }>;
};

/** Starts wherry; `words` stand behind the others, `data` is a data directory that is there already. */
export async function startWherry(
  workspace: Workspace,
  environment: Readonly<Record<string, string>>,
  place: Place = loopback,
  more: { readonly data?: string; readonly words?: readonly string[] } = {},
): Promise<RunningServer> {
  const data = more.data ?? (await mkdtemp(join(workspace.scratch, 'wherry-')));
  const flags = flagsOf({
    'data-dir': data,
    host: place.host,
    'passive-ports': '26000-29999',
    grace: '1',
    user: `${account.user}:${account.password}`,
    ftp: '0',
    ftps: 'off',
    sftp: 'off',
    http: 'off',
  });
  const { child, output } = startProgram(
    [
      ...place.inside,
      program,
      'serve',
      workspace.tree,
      '--json',
      '--log',
      'warnings',
      '--anonymous',
      ...flags,
      ...(more.words ?? []),
    ],
    {
      env: { ...process.env, ...environment },
    },
  );
  try {
    const port = await new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ready line: ${output()}`)), readyTimeoutMs);
      const fail = (): void => {
        clearTimeout(timer);
        reject(new Error(`it ended at once: ${output()}`));
      };
      child.once('exit', fail);
      if (child.stdout === null) return fail();
      createInterface({ input: child.stdout }).once('line', (line) => {
        clearTimeout(timer);
        child.off('exit', fail);
        const ready = JSON.parse(line) as ReadyLine;
        const listener = ready.listeners.find(({ protocol }) => protocol === 'ftp');
        if (listener === undefined) reject(new Error(`no ftp listener in: ${line}`));
        else resolve(listener.port);
      });
    });
    return { port, pid: child.pid ?? 0, account, anonymous, stop: () => stopTree(child) };
  } catch (error) {
    await stopTree(child);
    throw error;
  }
}

async function prepare(): Promise<void> {
  await access(commandLine).catch(() => {
    throw new MissingPeer('this checkout has no src/cli/main.ts');
  });
}

export const wherryFacts: Omit<Peer, 'name' | 'title' | 'start'> = {
  kind: 'subject',
  sessionModel: 'event-loop',
  capabilities: new Set(['plain', 'tls', 'mlsd', 'anonymous', 'write']),
  packages: [],
  prepare,
};

export const wherry: FtpPeer = {
  ...wherryFacts,
  name: 'wherry',
  title: 'wherry',
  serve: (workspace, place) => startWherry(workspace, {}, place),
  start: (workspace) => startWherry(workspace, {}),
};

export const wherryWithoutAddon: Peer = {
  ...wherryFacts,
  name: 'wherry-no-addon',
  title: 'wherry, no addon',
  only: new Set(['download', 'upload']),
  start: (workspace) => startWherry(workspace, { WHERRY_NATIVE: 'off' }),
};
