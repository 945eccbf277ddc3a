import { WherryError } from '#core/errors.ts';
import type { ErrorCode } from '#core/errors.ts';
import type { FileSystem, ReadHandle, WriteHandle } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { failure } from '../failure.ts';
import type { Gate } from './gate.ts';

/** What can be made to fail: the methods of a file system and of its handles. `close` is that of a read handle. */
export type FaultOperation =
  | Exclude<keyof FileSystem, 'capabilities' | 'close'>
  | Exclude<keyof ReadHandle, 'entry' | 'fileDescriptor'>
  | Exclude<keyof WriteHandle, 'initialSize' | 'fileDescriptor'>;

/** One thing that goes wrong. Of several that fit an operation, the one injected first counts. */
export interface Fault {
  readonly operation: FaultOperation;
  /**
   * Only operations that were given this path (the old one of `rename` and `copyFile`, the new one of the links),
   * or a handle opened by it; any when absent.
   */
  readonly path?: string;
  /** What the operation fails with, after its gate; without a code it goes on. */
  readonly code?: ErrorCode;
  /** Octets of the file (`read`, `write`) or entries (`readDirectory`) before the fault; what lies before it passes. */
  readonly after?: number;
  /** How often; default always. */
  readonly times?: number;
  /** Holds the operation until the test releases it. */
  readonly gate?: Gate;
}

/** The faults in force, and how often each may still strike. */
export class FaultPlan {
  readonly #remaining = new Map<Fault, number>();

  add(fault: Fault): () => void {
    this.#remaining.set(fault, fault.times ?? Infinity);
    return () => {
      this.#remaining.delete(fault);
    };
  }

  /** The fault that strikes an operation that reaches to `end` octets or entries, counted as having struck. */
  strike(operation: FaultOperation, path: VirtualPath, end = Infinity): Fault | undefined {
    for (const [fault, remaining] of this.#remaining) {
      if (fault.operation !== operation || remaining <= 0) continue;
      if (fault.path !== undefined && fault.path !== path) continue;
      if (fault.after !== undefined && end <= fault.after) continue;
      this.#remaining.set(fault, remaining - 1);
      return fault;
    }
    return undefined;
  }
}

export interface FaultContext {
  readonly path: VirtualPath;
  readonly signal?: AbortSignal | undefined;
}

/** Waits at the fault's gate and throws its error, if it has them. */
export async function suffer(fault: Fault, { path, signal }: FaultContext): Promise<void> {
  await fault.gate?.pass(signal);
  if (signal?.aborted === true) throw failure('aborted', fault.operation, path);
  if (fault.code !== undefined) throw faultError(fault.code, fault.operation, path);
}

function faultError(code: ErrorCode, operation: FaultOperation, path: VirtualPath): WherryError {
  return new WherryError(code, `Cannot ${operation}: the test asked for ${code}`, { path });
}
