import type { Readable } from 'node:stream';
import { WherryError } from '#core/errors.ts';
import type { HostedUpload } from './hosted-upload.ts';

interface Turn {
  readonly payload: Readable;
  /** Settles when nothing of it can come any more; never fails. */
  readonly over: Promise<void>;
}

/**
 * Who brings an upload at the moment. A connection that broke may not be known to have: whoever comes later takes the
 * place of who came before.
 */
export class UploadTurns {
  readonly #turns = new Map<HostedUpload, Turn>();

  /** Ends whoever brings it. When nobody does any more, its offset is what the next one goes on from. */
  async vacate(upload: HostedUpload): Promise<void> {
    // Of several who wait here the first may have begun a turn before the others are asked.
    for (let turn = this.#turns.get(upload); turn !== undefined; turn = this.#turns.get(upload)) {
      turn.payload.destroy();
      await turn.over;
    }
  }

  /**
   * Takes a piece in to its end; to be called in the same turn of the event loop in which {@link vacate} has ended.
   *
   * @throws WherryError what the upload says of it, or `connection-lost`
   */
  async receive(upload: HostedUpload, payload: Readable): Promise<void> {
    const received = receive(upload, payload);
    const over = received
      .catch(() => undefined)
      .then(() => {
        this.#turns.delete(upload);
      });
    this.#turns.set(upload, { payload, over });
    await over;
    await received;
  }
}

/** Takes a piece in as it comes, which costs no promise for each of its parts. */
async function receive(upload: HostedUpload, payload: Readable): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const gone = (): void => reject(new WherryError('connection-lost', 'The browser has gone'));
    // It may have gone while it waited for its turn.
    if (payload.destroyed) return gone();
    payload.on('data', (part: Buffer) => {
      try {
        const full = upload.feed(part);
        if (full === undefined) return;
        payload.pause();
        void full.then(() => payload.resume());
      } catch (thrown) {
        // The rest is let go by, so that the answer can be read; it ends the connection.
        payload.removeAllListeners('data').resume();
        reject(thrown);
      }
    });
    payload.once('end', resolve);
    payload.once('error', reject);
    payload.once('close', gone);
    return undefined;
  });
}
