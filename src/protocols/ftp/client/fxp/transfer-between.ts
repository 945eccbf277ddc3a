import { WherryError } from '#core/errors.ts';
import { isUnknownCommand } from '../reply-errors.ts';
import { arrange, disarrange, WayFailure, type FxpControls } from './arrange.ts';
import { findWays, notPossible } from './find-ways.ts';
import { holdBoth } from './hold-both.ts';
import {
  describeWay,
  otherRole,
  type FxpOptions,
  type FxpOutcome,
  type FxpPlace,
  type FxpWay,
  type Role,
} from './fxp-options.ts';
import { PairMemory, refusalBetween, rememberRefusal } from './pair-memory.ts';
import { BrokenTransfer, runTransfer } from './run-transfer.ts';
import { TransferStatus } from './transfer-status.ts';

/** Often enough for a bar to move. */
const defaultProgressIntervalMs = 1_000;

/**
 * Has two FTP servers move a file between them, without its content passing through here. The content is written
 * under the target path itself: whoever wants the file to appear whole gives another name and renames it. Both
 * connections are in use meanwhile, and usable afterwards, also when the transfer is stopped or fails.
 *
 * @throws WherryError `not-supported`, with the reason in words, when these two servers cannot: the file may still
 * pass through this program. `invalid-range` when `start` lies behind the end of either file, `truncated` when the
 * target does not hold all of it in the end; `aborted`; what a server says of its file
 */
export async function transferBetween(
  source: FxpPlace,
  target: FxpPlace,
  options: FxpOptions = {},
): Promise<FxpOutcome> {
  const { start = 0, signal } = options;
  if (source.connection === target.connection) {
    throw notPossible('both files lie at one connection, which does one thing at a time');
  }
  const size = await checkPositions(source, target, options);
  if (start > 0 && start === size) return { size, way: null };
  const places = { source, target };
  return holdBoth(source.connection, target.connection, { signal }, async (sourceControl, targetControl) =>
    new FxpJob({ source: sourceControl, target: targetControl }, { places, size, options }).run(),
  );
}

/** The size of the source. @throws WherryError `is-directory`, `not-regular`, `invalid-range` */
async function checkPositions(
  source: FxpPlace,
  target: FxpPlace,
  options: FxpOptions,
): Promise<number | null> {
  const { start = 0, signal } = options;
  const entry = options.entry ?? (await source.connection.stat(source.path, { signal }));
  if (entry.type === 'directory') {
    throw new WherryError('is-directory', 'Cannot read the file: it is a directory', { path: source.path });
  }
  if (start === 0) return entry.size;
  const existing = await sizeThere(target, signal);
  if (start > (entry.size ?? Number.POSITIVE_INFINITY) || start > existing) {
    throw new WherryError('invalid-range', 'Cannot go on there: a file is shorter than that', {
      path: start > existing ? target.path : source.path,
    });
  }
  return entry.size;
}

async function sizeThere({ connection, path }: FxpPlace, signal: AbortSignal | undefined): Promise<number> {
  const { size } = await connection.stat(path, { signal });
  return size ?? Number.POSITIVE_INFINITY;
}

interface JobParts {
  readonly places: Readonly<Record<Role, FxpPlace>>;
  readonly size: number | null;
  readonly options: FxpOptions;
}

/** One transfer, tried in every way that may work until one does. */
class FxpJob {
  readonly #controls: FxpControls;
  readonly #parts: JobParts;
  readonly #memory: PairMemory;
  #reported = 0;

  constructor(controls: FxpControls, parts: JobParts) {
    this.#controls = controls;
    this.#parts = parts;
    this.#memory = PairMemory.of(controls.source.session, controls.target.session);
  }

  async run(): Promise<FxpOutcome> {
    const { source, target } = this.#controls;
    const { size } = this.#parts;
    const refused = refusalBetween(source.session, target.session);
    if (refused !== null) throw notPossible(refused);
    const ways = this.#memory.choose(findWays({ source: source.session, target: target.session }));
    if (ways.length === 0) throw notPossible('a server has closed its connection over it before');
    const restoreMode = await this.#agreeOnMode();
    const failures: WayFailure[] = [];
    try {
      for (const way of ways) {
        if (failures.some((failure) => isExcluded(way, failure))) continue;
        try {
          await this.#attempt(way);
          this.#memory.prove(way);
          return { size, way };
        } catch (thrown) {
          if (!(thrown instanceof WayFailure)) throw thrown;
          this.#tell(`Server to server (${describeWay(way)}): ${thrown.message}`);
          failures.push(thrown);
        }
      }
    } finally {
      await restoreMode();
    }
    const reason = [...new Set(failures.map(({ message }) => message))].join('; ');
    // What a server forbids this account it will forbid the next time; a connection that did not come about may.
    if (failures.every(({ unfit }) => unfit !== null))
      rememberRefusal(source.session, target.session, reason);
    throw notPossible(reason, failures.at(-1));
  }

  async #attempt(way: FxpWay): Promise<void> {
    const { places, options, size } = this.#parts;
    const { start = 0, signal, progressIntervalMs = defaultProgressIntervalMs } = options;
    const stop = new AbortController();
    const status = new TransferStatus(this.#controls, {
      pollMs: progressIntervalMs,
      onMoved: (total) => this.#report(total),
      onStalled: () =>
        stop.abort(new WherryError('timeout', 'No data moved between the servers for too long')),
    });
    const either = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
    try {
      if (signal?.aborted === true)
        throw new WherryError('aborted', 'The transfer was stopped before it began');
      await arrange(this.#controls, way);
      await runTransfer(this.#controls, { places, way, start, status, signal: either });
      await this.#verify();
      if (size !== null) this.#report(size - start);
    } catch (thrown) {
      if (
        way.tls !== null &&
        this.#controls[way.tls.client].session.link.failure?.code === 'connection-lost'
      ) {
        this.#memory.avoid(way);
      }
      await this.#tidy(way, start);
      // Without a word on what has arrived, something may have.
      if (thrown instanceof BrokenTransfer && ((await this.#sizeOfTarget()) ?? start + 1) <= start)
        throw new WayFailure(thrown.reason);
      throw thrown;
    } finally {
      await disarrange(this.#controls, way);
    }
  }

  #report(total: number): void {
    const step = total - this.#reported;
    if (step <= 0) return;
    this.#reported = total;
    this.#parts.options.onProgress?.(step);
  }

  /** Both servers must speak in one mode: compressed or not. */
  async #agreeOnMode(): Promise<() => Promise<void>> {
    const { source, target } = this.#controls;
    if (source.session.compressed === target.session.compressed) return async () => undefined;
    const compressed = source.session.compressed ? source : target;
    await compressed.command('MODE', 'S');
    return async () => {
      if (compressed.session.link.failure === null) await compressed.command('MODE', 'Z');
    };
  }

  /** @throws WherryError `truncated` */
  async #verify(): Promise<void> {
    const { size, places } = this.#parts;
    if (size === null) return;
    const arrived = await this.#sizeOfTarget();
    if (arrived === null || arrived === size) return;
    throw new WherryError('truncated', `The target holds ${arrived} of ${size} octets`, {
      path: places.target.path,
    });
  }

  /** Null when the server does not tell. */
  async #sizeOfTarget(): Promise<number | null> {
    const { target } = this.#controls;
    if (target.session.link.failure !== null) return null;
    const reply = await target.command('SIZE', this.#parts.places.target.path);
    if (reply.code >= 300) return isUnknownCommand(reply) ? null : 0;
    const text = (reply.lines.at(-1) ?? '').trim();
    return /^\d{1,15}$/.test(text) ? Number(text) : null;
  }

  /**
   * Takes back what a failed attempt may have left: a port that is listened on, a position. A connection that is lost
   * over it is told of by whoever uses it next.
   */
  async #tidy({ passive }: FxpWay, start: number): Promise<void> {
    const sent: Promise<unknown>[] = [];
    for (const role of [passive, otherRole(passive)]) {
      const control = this.#controls[role];
      if (role === passive) sent.push(control.command('ABOR'));
      if (start > 0) sent.push(control.command('REST', '0'));
    }
    await Promise.allSettled(sent);
  }

  #tell(text: string): void {
    for (const { session } of Object.values(this.#controls)) session.conversation.status(text);
  }
}

/** Whether a way needs of a server what it has just refused. */
function isExcluded(way: FxpWay, { unfit }: WayFailure): boolean {
  if (unfit === null) return false;
  return unfit.as === 'passive' ? way.passive === unfit.role : way.passive !== unfit.role;
}
