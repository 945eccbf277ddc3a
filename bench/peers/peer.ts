import type { ChildProcess } from 'node:child_process';
import type { Workspace } from '../workspace.ts';

/** What a measurement needs of a server. A server without it gets no figure in that row. */
export type Capability = 'plain' | 'tls' | 'mlsd' | 'anonymous' | 'write';

export type Credentials = { readonly user: string; readonly password: string };

export type RunningServer = {
  readonly port: number;
  /** The root of the process tree whose CPU time and memory count as the server's. */
  readonly pid: number;
  readonly account: Credentials;
  readonly anonymous: Credentials;
  stop(): Promise<void>;
};

/** A server under test. One file of this folder each. */
export type Peer = {
  readonly name: string;
  readonly title: string;
  /** Wherry's own variants are measured, the others are what they are measured against. */
  readonly kind: 'subject' | 'peer';
  /** Servers with a process (or two) a session are given fewer idle sessions. */
  readonly sessionModel: 'event-loop' | 'process';
  readonly capabilities: ReadonlySet<Capability>;
  /** Debian packages that bring it; named when it is missing. */
  readonly packages: readonly string[];
  /** Measurements it takes part in; all when absent. */
  readonly only?: ReadonlySet<string>;
  /** Finds or fetches the program. Throws `MissingPeer` with the reason when that is impossible. */
  prepare(workspace: Workspace): Promise<void>;
  /** Serves `workspace.tree` on a free loopback port. */
  start(workspace: Workspace): Promise<RunningServer>;
};

export class MissingPeer extends Error {}

/** Host, account names and passwords that every server is set up with. */
export const host = '127.0.0.1';
export const account: Credentials = { user: 'bench', password: 'bench' };
export const anonymous: Credentials = { user: 'anonymous', password: 'bench@example.org' };
/** Ids that exist on no machine: the peers get them from their own user tables. */
export const accountId = 61_234;
export const anonymousId = 61_235;

export type PeerProcess = { readonly child: ChildProcess; readonly output: () => string };
