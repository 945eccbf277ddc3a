import { writeSync } from 'node:fs';
import type { LogSink } from './human-log.ts';

/** Lines kept while the reader of the log is slow; past it they are dropped and counted. */
const maximumPendingOctets = 4 * 1024 * 1024;
const flushDelayMs = 50;

/**
 * Writes the log to a descriptor in few, large writes, and never lets a slow reader of the log (a full pipe, a
 * stopped terminal) hold up or fill the server: what cannot be kept is dropped, and the log says how much.
 */
export class FileSink implements LogSink {
  readonly #fileDescriptor: number;
  #pending: string[] = [];
  #pendingLength = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(fileDescriptor: number) {
    this.#fileDescriptor = fileDescriptor;
  }

  write(text: string): void {
    if (this.#pendingLength + text.length > maximumPendingOctets) {
      this.#dropped += 1;
      return;
    }
    this.#pending.push(text);
    this.#pendingLength += text.length;
    this.#timer ??= setTimeout(() => this.flush(), flushDelayMs);
  }

  /** Writes what is pending as far as the descriptor takes it. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#dropped > 0 && this.#pendingLength < maximumPendingOctets / 2) {
      this.#pending.unshift(`(${this.#dropped} lines of the log were dropped: its reader is too slow)\n`);
      this.#dropped = 0;
    }
    let rest = Buffer.from(this.#pending.join(''), 'utf8');
    this.#pending = [];
    this.#pendingLength = 0;
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(this.#fileDescriptor, rest));
      } catch (thrown) {
        // A full pipe is tried again later; a closed one has no reader to miss anything.
        if ((thrown as { code?: unknown }).code !== 'EAGAIN') return;
        const text = rest.toString('utf8');
        this.#pending.unshift(text);
        this.#pendingLength += text.length;
        this.#timer ??= setTimeout(() => this.flush(), flushDelayMs);
        return;
      }
    }
  }
}
