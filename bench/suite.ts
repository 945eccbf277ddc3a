import type { LoadGenerator } from './load.ts';
import type { Capability, Peer, RunningServer } from './peers/peer.ts';
import type { TreeSizes, Workspace } from './workspace.ts';

/** How long and how large; `--quick` takes small ones. */
export type Effort = {
  readonly sizes: TreeSizes;
  /** Time of one measurement; it begins no further transfer afterwards. */
  readonly seconds: number;
  /** Idle sessions: of a server with an event loop, of one with a process a session. */
  readonly idleSessions: Readonly<Record<Peer['sessionModel'], number>>;
  readonly slowReaders: number;
  /** Clients that all ask at the same moment. */
  readonly clientsAtOnce?: number;
};

export type MeasurementContext = {
  readonly load: LoadGenerator;
  readonly workspace: Workspace;
  readonly effort: Effort;
  readonly server: RunningServer;
  readonly peer: Peer;
  /** Changes from run to run. */
  readonly runNumber: number;
};

/** One experiment on one server. It yields one or more named figures, each of which may be a row. */
export type Measurement = {
  readonly id: string;
  readonly needs: readonly Capability[];
  /** Some are slow and steady, so that one run is enough. */
  readonly once?: boolean;
  /** A server that has served nothing yet, for memory. */
  readonly freshServer?: boolean;
  /** How often each server does it unmeasured before the first run, as it has for days where it serves. */
  readonly warmUps?: number;
  run(context: MeasurementContext): Promise<Readonly<Record<string, number>>>;
};

/** What the figure of wherry is held against. */
export type Target =
  | { readonly kind: 'best-peer'; readonly atLeast: number }
  | { readonly kind: 'best-peer'; readonly atMost: number }
  | { readonly kind: 'peer'; readonly peer: string; readonly atLeast: number }
  | { readonly kind: 'absolute'; readonly atLeast: number }
  | { readonly kind: 'absolute'; readonly atMost: number };

export type Row = {
  readonly id: string;
  readonly title: string;
  readonly measurement: string;
  readonly figure: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  /** Whose figure is judged; `wherry` when absent. */
  readonly subject?: string;
  readonly target?: Target;
};

/** The bench of one protocol. */
export type Suite = {
  readonly name: string;
  readonly title: string;
  readonly peers: readonly Peer[];
  readonly measurements: readonly Measurement[];
  readonly rows: readonly Row[];
  readonly full: Effort;
  readonly quick: Effort;
};
