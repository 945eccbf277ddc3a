import type { Awaitable } from '#core/awaitable.ts';
import type { FileSystem } from '#core/file-system.ts';
import { decodeName } from '#core/name-encoding.ts';
import { resolveVirtualPath, type VirtualPath } from '#core/virtual-path.ts';
import type { TransferResultName } from '#engine/events.ts';
import type { FlowDirection } from '#engine/limits/flow.ts';
import type { Session } from '#engine/session.ts';
import { beginChange } from '#engine/transfer-events.ts';
import { HandleTable } from './handle-table.ts';
import { Lane, type LaneMode } from './lane.ts';
import type { SftpLimits } from './limits.ts';
import type { OpenDirectory } from './open-directory.ts';
import type { OpenFile } from './open-file.ts';
import type { Reply } from './replies.ts';
import { SequentialDigest } from './sequential-digest.ts';

/** Names of users and groups for numbers, where the storage has any. */
export interface IdentityNames {
  user(id: number): string | null;
  group(id: number): string | null;
}

/** Where one request lines up. */
export interface LaneEntry {
  readonly lane: Lane;
  readonly mode: LaneMode;
}

/** A request that has been read and waits for its turn. */
export interface PreparedRequest {
  readonly lanes: readonly LaneEntry[];
  /** Octets that it keeps beside its own packet until it is answered. */
  readonly cost?: number;
  run(): Awaitable<Reply>;
}

/** What requests work on: the tree, the handles, and the order in which things happen. */
export class SftpSession {
  readonly fileSystem: FileSystem;
  readonly home: VirtualPath;
  readonly user: string;
  readonly limits: SftpLimits;
  readonly identities: IdentityNames | null;
  readonly handles: HandleTable;
  readonly #engineSession: Session | null;
  readonly #digest: boolean;
  readonly #tree = new Lane();

  constructor(options: {
    readonly fileSystem: FileSystem;
    readonly home: VirtualPath;
    readonly user: string;
    readonly limits: SftpLimits;
    readonly identities: IdentityNames | null;
    readonly engineSession: Session | null;
    readonly digest: boolean;
  }) {
    this.#digest = options.digest;
    this.fileSystem = options.fileSystem;
    this.home = options.home;
    this.user = options.user;
    this.limits = options.limits;
    this.identities = options.identities;
    this.#engineSession = options.engineSession;
    this.handles = new HandleTable(options.limits.handles);
  }

  /** The path that a client names; relative ones start at home, the empty one is home itself. */
  path(bytes: Buffer): VirtualPath {
    return resolveVirtualPath(this.home, decodeName(bytes));
  }

  /** A request that only looks at names: after every change so far, beside other looks. */
  look(run: () => Awaitable<Reply>): PreparedRequest {
    return { lanes: this.#treeLanes('read'), run };
  }

  /** A request that changes names: alone. */
  change(run: () => Awaitable<Reply>): PreparedRequest {
    return { lanes: this.#treeLanes('exclusive'), run };
  }

  /** A request on an open file or directory. */
  onHandle(opened: OpenFile | OpenDirectory, mode: LaneMode, run: () => Awaitable<Reply>): PreparedRequest {
    return { lanes: [{ lane: opened.lane, mode }], run };
  }

  /** Closing an upload gives it its name, so it is both a request on the file and a change of the tree. */
  onClosing(opened: OpenFile | OpenDirectory, run: () => Awaitable<Reply>): PreparedRequest {
    const own: LaneEntry = { lane: opened.lane, mode: 'exclusive' };
    const changesTree = opened.type === 'file' && opened.direction === 'upload';
    return { lanes: changesTree ? [{ lane: this.#tree, mode: 'exclusive' }, own] : [own], run };
  }

  /** A digest for a file that is being opened, where they are wanted. */
  createDigest(direction: FlowDirection): SequentialDigest | null {
    const wanted = this.#digest || this.#engineSession?.digests(direction) === true;
    return wanted ? new SequentialDigest() : null;
  }

  /** Lets octets of a file pass when the limits of speed and volume allow it. @throws WherryError `quota` */
  pass(direction: FlowDirection, bytes: number): Awaitable<void> {
    const session = this.#engineSession;
    return session?.flow(direction)?.take(bytes, () => session.signal);
  }

  /** The client has asked for something. */
  touch(): void {
    this.#engineSession?.touch();
  }

  /** Tells the log that a file's transfer has begun. */
  reportStart(file: OpenFile): void {
    const session = this.#engineSession;
    session?.beginTransfer(file);
    if (session?.events.wants('transfer-started') !== true) return;
    const { direction, path } = file;
    session.events.emit({ event: 'transfer-started', ...session.facts(), direction, path });
  }

  /** Tells the log that an upload is about to take its name. */
  reportPublication(file: OpenFile): void {
    if (this.#engineSession !== null && file.direction === 'upload')
      beginChange(this.#engineSession, file.path);
  }

  /** Tells the log how a file's transfer ended. */
  reportEnd(file: OpenFile, result: TransferResultName, reason: string | null): void {
    const session = this.#engineSession;
    session?.endTransfer(file);
    if (session?.events.wants('transfer-finished') !== true) return;
    const { direction, path } = file;
    session.events.emit({
      event: 'transfer-finished',
      ...session.facts(),
      direction,
      path,
      bytes: file.bytes,
      durationMs: Date.now() - file.startedAt,
      result,
      reason,
      sha256: result === 'completed' ? file.sha256() : null,
    });
  }

  #treeLanes(mode: LaneMode): readonly LaneEntry[] {
    const lanes: LaneEntry[] = [{ lane: this.#tree, mode }];
    const changing = new Set<Lane>();
    for (const { lane } of this.handles.values()) {
      // What was written before must be there for a look at its name.
      if (lane.changing) changing.add(lane);
    }
    for (const lane of changing) lanes.push({ lane, mode: 'exclusive' });
    return lanes;
  }
}
