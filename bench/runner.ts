import type { Cleanup } from './cleanup.ts';
import type { LoadGenerator } from './load.ts';
import type { Peer, RunningServer } from './peers/peer.ts';
import type { Effort, Measurement } from './suite.ts';
import { takeUploads, type Workspace } from './workspace.ts';

export type Failure = { readonly peer: string; readonly measurement: string; readonly reason: string };

/** Figures of all runs: measurement → peer → figure → values in the order of the runs. */
export type Samples = Map<string, Map<string, Map<string, number[]>>>;

export type RunnerOptions = {
  readonly workspace: Workspace;
  readonly load: LoadGenerator;
  readonly effort: Effort;
  readonly cleanup: Cleanup;
  readonly say: (line: string) => void;
};

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

/**
 * Measures all servers in turn, one measurement after the other, and begins again for the next run: whatever else the machine
 * does meanwhile meets all of them alike. All servers run all the time; only one is spoken to.
 */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #servers = new Map<string, RunningServer>();
  readonly samples: Samples = new Map();
  readonly failures: Failure[] = [];

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  async measureAll(
    peers: readonly Peer[],
    measurements: readonly Measurement[],
    runs: number,
  ): Promise<void> {
    for (let runNumber = 1; runNumber <= runs; runNumber++) {
      for (const measurement of measurements) {
        if (measurement.once === true && runNumber > 1) continue;
        this.#options.say(`run ${runNumber}/${runs}: ${measurement.id}`);
        // Another server begins each time, so that none always has the cold or the warm place.
        const shift = (runNumber - 1) % Math.max(1, peers.length);
        for (const peer of [...peers.slice(shift), ...peers.slice(0, shift)]) {
          if (this.#takesPart(peer, measurement)) await this.#measure(peer, measurement, runNumber);
        }
      }
    }
  }

  #takesPart(peer: Peer, measurement: Measurement): boolean {
    if (peer.only !== undefined && !peer.only.has(measurement.id)) return false;
    if (!measurement.needs.every((capability) => peer.capabilities.has(capability))) return false;
    return !this.failures.some(
      (failure) => failure.peer === peer.name && failure.measurement === measurement.id,
    );
  }

  async #measure(peer: Peer, measurement: Measurement, runNumber: number): Promise<void> {
    const { workspace, load, effort, cleanup, say } = this.#options;
    if (cleanup.started) throw new Error('stopped');
    try {
      if (measurement.freshServer === true) await this.#stop(peer);
      const server = await this.#server(peer);
      const context = { load, workspace, effort, server, peer, runNumber };
      const warmUps = runNumber === 1 ? (measurement.warmUps ?? 0) : 0;
      for (let done = 0; done < warmUps; done++) await measurement.run(context);
      const figures = await measurement.run(context);
      this.#keep(peer, measurement, figures);
      const text = Object.entries(figures).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`);
      say(`  ${peer.title}: ${text.join(', ')}`);
    } catch (error) {
      const reason = reasonOf(error);
      this.failures.push({ peer: peer.name, measurement: measurement.id, reason });
      say(`  ${peer.title}: FAILED: ${reason}`);
      await this.#stop(peer); // The next measurement is owed a server in a known state.
      await takeUploads(workspace);
    }
  }

  #keep(peer: Peer, measurement: Measurement, figures: Readonly<Record<string, number>>): void {
    const byPeer = this.samples.get(measurement.id) ?? new Map<string, Map<string, number[]>>();
    this.samples.set(measurement.id, byPeer);
    const byFigure = byPeer.get(peer.name) ?? new Map<string, number[]>();
    byPeer.set(peer.name, byFigure);
    for (const [name, value] of Object.entries(figures)) {
      const values = byFigure.get(name) ?? [];
      byFigure.set(name, values);
      values.push(value);
    }
  }

  async #server(peer: Peer): Promise<RunningServer> {
    const present = this.#servers.get(peer.name);
    if (present !== undefined) return present;
    const { cleanup } = this.#options;
    const server = await peer.start(this.#options.workspace);
    if (cleanup.started) await server.stop();
    this.#servers.set(peer.name, server);
    cleanup.add(() => server.stop());
    return server;
  }

  async #stop(peer: Peer): Promise<void> {
    const server = this.#servers.get(peer.name);
    this.#servers.delete(peer.name);
    await server?.stop();
  }
}
