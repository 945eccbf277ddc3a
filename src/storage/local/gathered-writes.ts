import { write, writev } from 'node:fs';
import { answerInBackground } from './attempt.ts';

/** Octets and pieces of one call: enough that the call itself costs nothing, and a stop is not long in coming. */
const callOctets = 1024 * 1024;
const callPieces = 64;

/** What is worth a call of its own at once; less waits for the end of a turn of the event loop, and for company. */
const immediateOctets = 65_536;

interface WaitingWrite {
  rest: Uint8Array;
  position: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The writes to one file. The kernel lets in one writer of a file at a time, and keeps a processor busy for each that
 * waits at its door, so there is one call under way; what continues it in the file by then goes with the next.
 */
export class GatheredWrites {
  readonly #fileDescriptor: number;
  readonly #waiting: WaitingWrite[] = [];
  #running = false;

  constructor(fileDescriptor: number) {
    this.#fileDescriptor = fileDescriptor;
  }

  /** Writes all of `source`; rejects with the system's error when not all of it could be written. */
  write(source: Uint8Array, position: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ rest: source, position, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      if (source.length >= immediateOctets) void this.#run();
      else
        setImmediate(() => {
          void this.#run();
        });
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const gathered = this.#gather();
      try {
        this.#count(gathered, await this.#call(gathered));
      } catch (error) {
        // It failed on the first of them; whether the others fail as well they find out by themselves.
        gathered[0]?.reject(error);
        this.#waiting.shift();
      }
    }
    this.#running = false;
  }

  /** The first that waits, and what continues it. */
  #gather(): readonly WaitingWrite[] {
    const gathered: WaitingWrite[] = [];
    let octets = 0;
    for (const next of this.#waiting) {
      const [first = next] = gathered;
      const continues = next.position === first.position + octets;
      if (!continues || octets >= callOctets || gathered.length >= callPieces) break;
      gathered.push(next);
      octets += next.rest.length;
    }
    return gathered;
  }

  #call(gathered: readonly WaitingWrite[]): Promise<number> {
    const [first] = gathered;
    const position = first?.position ?? 0;
    return answerInBackground<number>((done) => {
      if (first !== undefined && gathered.length === 1) {
        write(this.#fileDescriptor, first.rest, 0, first.rest.length, position, done);
      } else {
        const pieces = gathered.map(({ rest }) => rest);
        writev(this.#fileDescriptor, pieces, position, done);
      }
    });
  }

  /** Settles what `octets` cover; a piece of which a part is left goes first next time. */
  #count(gathered: readonly WaitingWrite[], octets: number): void {
    let left = octets;
    for (const next of gathered) {
      const taken = Math.min(left, next.rest.length);
      left -= taken;
      next.rest = next.rest.subarray(taken);
      next.position += taken;
      if (next.rest.length > 0) return;
      this.#waiting.shift();
      next.resolve();
    }
  }
}
