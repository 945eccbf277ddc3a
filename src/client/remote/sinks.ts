import { once } from 'node:events';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { WriteHandle } from '#core/file-system.ts';
import { localPlace } from '../connect/local.ts';
import type { FilePlace } from '../copy/options.ts';

/** Where a download can go: a path of this machine, or anything that takes octets piece by piece. */
export type DownloadSink = string | URL | Writable | WritableStream<Uint8Array>;

/** The place of a sink that is a file of this machine; null for every other. */
export function placeOfSink(sink: DownloadSink): FilePlace | null {
  if (sink instanceof URL) return localPlace(fileURLToPath(sink));
  return typeof sink === 'string' ? localPlace(sink) : null;
}

/**
 * Opens a stream to be written from its start to its end. A stream is ended when the file is whole, and destroyed
 * when it is given up: whoever reads its other end must not take a part for the whole.
 */
export function openSink(sink: Exclude<DownloadSink, string | URL>): WriteHandle {
  return sink instanceof Writable ? new StreamTarget(nodeTarget(sink)) : new StreamTarget(webTarget(sink));
}

interface Target {
  write(piece: Uint8Array): Promise<void>;
  end(): Promise<void>;
  destroy(error: Error): void | Promise<void>;
}

function nodeTarget(stream: Writable): Target {
  return {
    write: async (piece) => {
      const writing = new Promise<void>((resolve, reject) => {
        // The callback tells when the memory may be used again.
        stream.write(piece, (error) => {
          if (error) reject(error);
          else resolve();
        });
      });
      await writing;
    },
    end: async () => {
      // The standard streams of the process end with it, and must not before.
      if (stream === process.stdout || stream === process.stderr) return;
      const finished = once(stream, 'finish');
      stream.end();
      await finished;
    },
    destroy: (error) => {
      if (stream === process.stdout || stream === process.stderr) return;
      // Whoever destroys a stream with an error has been told of it already.
      stream.on('error', () => undefined);
      stream.destroy(error);
    },
  };
}

function webTarget(stream: WritableStream<Uint8Array>): Target {
  const writer = stream.getWriter();
  return {
    // A web stream may keep what it is given.
    write: async (piece) => {
      await writer.ready;
      await writer.write(Uint8Array.from(piece));
    },
    end: () => writer.close(),
    destroy: async (error) => {
      await writer.abort(error);
    },
  };
}

class StreamTarget implements WriteHandle {
  readonly initialSize = 0;
  readonly fileDescriptor = null;
  readonly #target: Target;
  #position = 0;
  #ended = false;

  constructor(target: Target) {
    this.#target = target;
  }

  /** Octets that have been handed on. */
  get position(): number {
    return this.#position;
  }

  async write(source: Uint8Array, position: number): Promise<void> {
    if (position !== this.#position) {
      throw new WherryError('invalid-range', 'A stream can be written from its start to its end only');
    }
    await this.#guard(() => this.#target.write(source));
    this.#position += source.length;
  }

  async finish(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#guard(() => this.#target.end());
  }

  async abort(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#target.destroy(new WherryError('aborted', 'The download was given up'));
  }

  read(): never {
    throw unsupported('read what is being written');
  }

  truncate(): never {
    throw unsupported('cut a stream');
  }

  stat(): never {
    throw unsupported('examine a stream');
  }

  setAttributes(): never {
    throw unsupported('change attributes of a stream');
  }

  sync(): void {
    // A stream has no disk to be forced to.
  }

  async #guard(step: () => Promise<unknown>): Promise<void> {
    try {
      await step();
    } catch (thrown) {
      throw toWherryError(thrown, 'write to the stream');
    }
  }
}

function unsupported(action: string): WherryError {
  return new WherryError('not-supported', `Cannot ${action}`);
}
