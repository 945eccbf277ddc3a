import type { Duplex } from 'node:stream';

/** Packets are gathered into writes of this size: the system calls cost more than the cipher. */
const chunkLength = 262_144;
/** Chunks kept for the next writer, shared by all connections; an idle connection holds none. */
const pooledChunks = 16;
const pool: Buffer[] = [];

function takeChunk(length: number): Buffer {
  if (length <= chunkLength) return pool.pop() ?? Buffer.allocUnsafeSlow(chunkLength);
  return Buffer.allocUnsafeSlow(length);
}

/** A kernel's socket has copied what it calls back about; a stream in memory hands the same memory on to its reader. */
export function isKernelSocket(socket: Duplex): boolean {
  return 'setNoDelay' in socket;
}

function giveChunk(chunk: Buffer): void {
  if (chunk.length === chunkLength && pool.length < pooledChunks) pool.push(chunk);
}

/** Gathers what one turn of the event loop writes and hands it to the socket in large pieces. */
export class OutputQueue {
  readonly #socket: Duplex;
  readonly #onTaken: () => void;
  readonly #reusesChunks: boolean;
  #chunk: Buffer | null = null;
  #used = 0;
  #inFlight = 0;
  #scheduled: NodeJS.Immediate | null = null;
  #closed = false;
  #busy = false;

  /** @param onTaken called whenever the socket has taken a piece */
  constructor(socket: Duplex, onTaken: () => void) {
    this.#socket = socket;
    this.#onTaken = onTaken;
    this.#reusesChunks = isKernelSocket(socket);
  }

  /** Octets that the kernel has not taken yet. */
  get queuedBytes(): number {
    return this.#inFlight + this.#used;
  }

  /** Whether the socket is being written to right now, further up the stack. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Room for at least `length` octets, to be written into before anything else is called. */
  reserve(length: number): Buffer {
    // A stream in memory may come back here from within a write, so room is looked for again after each flush.
    while (this.#chunk !== null && this.#chunk.length - this.#used < length) this.flush();
    this.#chunk ??= takeChunk(length);
    return this.#used === 0 ? this.#chunk : this.#chunk.subarray(this.#used);
  }

  /** Keeps the first `length` octets of what `reserve` gave. */
  commit(length: number): void {
    this.#used += length;
    if (this.#used >= chunkLength) this.flush();
    else this.#scheduled ??= setImmediate(this.#flushScheduled);
  }

  /** Copies octets that are not a packet: the identification. */
  write(bytes: Uint8Array): void {
    this.reserve(bytes.length).set(bytes);
    this.commit(bytes.length);
  }

  flush(): void {
    if (this.#scheduled !== null) {
      clearImmediate(this.#scheduled);
      this.#scheduled = null;
    }
    const chunk = this.#chunk;
    if (chunk === null || this.#used === 0) return;
    const length = this.#used;
    this.#chunk = null;
    this.#used = 0;
    if (this.#closed || this.#socket.destroyed) {
      giveChunk(chunk);
      return;
    }
    this.#inFlight += length;
    this.#busy = true;
    this.#socket.write(chunk.subarray(0, length), (error) => {
      this.#inFlight -= length;
      // After an error the kernel may still hold on to the memory, so such a chunk is not used again.
      if (!error && this.#reusesChunks) giveChunk(chunk);
      this.#onTaken();
    });
    this.#busy = false;
  }

  /** Hands on what there is and ends the stream; nothing is written afterwards. */
  end(): void {
    this.flush();
    this.#closed = true;
    if (!this.#socket.destroyed) this.#socket.end();
  }

  readonly #flushScheduled = (): void => {
    this.#scheduled = null;
    this.flush();
  };
}
