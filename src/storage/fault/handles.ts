import type { Awaitable } from '#core/awaitable.ts';
import type { Entry } from '#core/entry.ts';
import type { Attributes, ReadHandle, WriteHandle } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { suffer } from './plan.ts';
import type { Fault, FaultOperation, FaultPlan } from './plan.ts';

/** A descriptor would let the kernel pass the faults by, hence none. */
const noDescriptor = null;

interface Piece {
  readonly plan: FaultPlan;
  readonly path: VirtualPath;
  readonly position: number;
}

function readWithFault(
  inner: { read(target: Uint8Array, position: number): Awaitable<number> },
  target: Uint8Array,
  { plan, path, position }: Piece,
): Awaitable<number> {
  const fault = plan.strike('read', path, position + target.length);
  if (fault === undefined) return inner.read(target, position);
  return readUpTo(inner, target, { fault, path, position });
}

interface StruckPiece {
  readonly fault: Fault;
  readonly path: VirtualPath;
  readonly position: number;
}

/** What lies before the fault is read; the octets at it are not. */
async function readUpTo(
  inner: { read(target: Uint8Array, position: number): Awaitable<number> },
  target: Uint8Array,
  { fault, path, position }: StruckPiece,
): Promise<number> {
  const before = (fault.after ?? 0) - position;
  if (before > 0 && fault.code !== undefined) return inner.read(target.subarray(0, before), position);
  await suffer(fault, { path });
  return inner.read(target, position);
}

export class FaultReadHandle implements ReadHandle {
  readonly entry: Entry;
  readonly fileDescriptor = noDescriptor;
  readonly #inner: ReadHandle;
  readonly #plan: FaultPlan;
  readonly #path: VirtualPath;

  constructor(inner: ReadHandle, plan: FaultPlan, path: VirtualPath) {
    this.#inner = inner;
    this.#plan = plan;
    this.#path = path;
    this.entry = inner.entry;
  }

  read(target: Uint8Array, position: number): Awaitable<number> {
    return readWithFault(this.#inner, target, { plan: this.#plan, path: this.#path, position });
  }

  async close(): Promise<void> {
    const fault = this.#plan.strike('close', this.#path);
    try {
      if (fault !== undefined) await suffer(fault, { path: this.#path });
    } finally {
      await this.#inner.close();
    }
  }
}

export class FaultWriteHandle implements WriteHandle {
  readonly initialSize: number;
  readonly fileDescriptor = noDescriptor;
  readonly #inner: WriteHandle;
  readonly #plan: FaultPlan;
  readonly #path: VirtualPath;

  constructor(inner: WriteHandle, plan: FaultPlan, path: VirtualPath) {
    this.#inner = inner;
    this.#plan = plan;
    this.#path = path;
    this.initialSize = inner.initialSize;
  }

  write(source: Uint8Array, position: number): Awaitable<void> {
    const fault = this.#plan.strike('write', this.#path, position + source.length);
    if (fault === undefined) return this.#inner.write(source, position);
    return this.#writeUpTo(source, position, fault);
  }

  async #writeUpTo(source: Uint8Array, position: number, fault: Fault): Promise<void> {
    const before = Math.max(0, Math.min(source.length, (fault.after ?? 0) - position));
    if (before > 0) await this.#inner.write(source.subarray(0, before), position);
    await suffer(fault, { path: this.#path });
    await this.#inner.write(source.subarray(before), position + before);
  }

  read(target: Uint8Array, position: number): Awaitable<number> {
    return readWithFault(this.#inner, target, { plan: this.#plan, path: this.#path, position });
  }

  truncate(size: number): Awaitable<void> {
    return this.#run('truncate', () => this.#inner.truncate(size));
  }

  stat(): Awaitable<Entry> {
    return this.#run('stat', () => this.#inner.stat());
  }

  setAttributes(attributes: Attributes): Awaitable<void> {
    return this.#run('setAttributes', () => this.#inner.setAttributes(attributes));
  }

  sync(): Awaitable<void> {
    return this.#run('sync', () => this.#inner.sync());
  }

  /** A fault ends the handle, as a real failure does, and leaves the name as it was. */
  async finish(): Promise<void> {
    const fault = this.#plan.strike('finish', this.#path);
    try {
      if (fault !== undefined) await suffer(fault, { path: this.#path });
    } catch (error) {
      await this.#inner.abort();
      throw error;
    }
    await this.#inner.finish();
  }

  async abort(): Promise<void> {
    const fault = this.#plan.strike('abort', this.#path);
    try {
      if (fault !== undefined) await suffer(fault, { path: this.#path });
    } finally {
      await this.#inner.abort();
    }
  }

  #run<T>(operation: FaultOperation, run: () => Awaitable<T>): Awaitable<T> {
    const fault = this.#plan.strike(operation, this.#path);
    return fault === undefined ? run() : suffer(fault, { path: this.#path }).then(run);
  }
}
