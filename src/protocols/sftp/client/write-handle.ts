import { isAttributeRefusal } from '#core/attribute-refusal.ts';
import type { Awaitable } from '#core/awaitable.ts';
import type { CopyOptions } from '#core/copy.ts';
import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { Attributes, ReadHandle, WriteHandle } from '#core/file-system.ts';
import { nameOf } from '#core/virtual-path.ts';
import { entryOf } from './answers.ts';
import { checkPosition } from './checks.ts';
import type { Publication } from './publication.ts';
import { ReadAhead } from './read-ahead.ts';
import type { RemoteFile } from './remote-file.ts';
import { copyBehind } from './upload.ts';
import { WriteBehind } from './write-behind.ts';

/** A file of the server that is written. Nothing of it has its name before {@link finish}, unless opened in place. */
export class SftpWriteHandle implements WriteHandle {
  readonly initialSize: number;
  readonly fileDescriptor = null;
  readonly #file: RemoteFile;
  readonly #writes: WriteBehind;
  readonly #publication: Publication;
  readonly #readable: boolean;
  #ended = false;

  constructor(
    file: RemoteFile,
    options: { readonly initialSize: number; readonly readable: boolean; readonly publication: Publication },
  ) {
    this.#file = file;
    this.#writes = new WriteBehind(file);
    this.initialSize = options.initialSize;
    this.#readable = options.readable;
    this.#publication = options.publication;
  }

  /** The handle by its name at the server. */
  get remoteHandle(): Buffer {
    return this.#file.handle;
  }

  write(source: Uint8Array, position: number): Awaitable<void> {
    this.#check();
    checkPosition(position);
    return this.#writes.write(source, position);
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    this.#check();
    checkPosition(position);
    if (!this.#readable)
      throw new WherryError('not-supported', 'Cannot read the file: it is open for writing');
    const { session, handle, path } = this.#file;
    const { route, requests, transferLengths } = session;
    const end = position + target.length;
    const ahead = new ReadAhead({
      requests,
      handle,
      path,
      route,
      transferLength: transferLengths.read,
      start: position,
      end,
      expectedSize: end,
    });
    let filled = 0;
    try {
      for (let piece = await ahead.next(); piece !== null; piece = await ahead.next()) {
        target.set(piece.bytes, filled);
        filled += piece.bytes.length;
        piece.release();
      }
    } finally {
      ahead.stop();
    }
    return filled;
  }

  async copyFrom(source: ReadHandle, options: CopyOptions): Promise<number> {
    this.#check();
    return copyBehind(source, this.#writes, options);
  }

  truncate(size: number): Promise<void> {
    return this.setAttributes({ size });
  }

  async stat(): Promise<Entry> {
    this.#check();
    return entryOf(nameOf(this.#publication.path), await this.#file.stat());
  }

  async setAttributes(attributes: Attributes): Promise<void> {
    this.#check();
    await this.#file.setAttributes(attributes, this.#knows(attributes) ? freshTimes() : undefined);
  }

  /** A file that is being made was last looked at now; asking would cost a round trip for each small file. */
  #knows({ userId, groupId }: Attributes): boolean {
    return this.initialSize === 0 && userId === undefined && groupId === undefined;
  }

  async sync(): Promise<void> {
    this.#check();
    await Promise.all([this.#writes.finish(), this.#file.sync()]);
  }

  async finish(): Promise<void> {
    this.#check();
    await this.#finish(Promise.resolve());
  }

  /** FSETSTAT goes out with the last WRITE and CLOSE: a round trip less for each file. */
  async finishWith(attributes: Attributes): Promise<boolean> {
    const changing = this.setAttributes(attributes);
    // What has to be asked for first goes out later, and CLOSE must not come before it.
    if (!this.#knows(attributes)) await Promise.allSettled([changing]);
    let taken = true;
    await this.#finish(
      changing.catch((thrown: unknown) => {
        if (!isAttributeRefusal(thrown)) throw thrown;
        taken = false;
      }),
    );
    return taken;
  }

  /** Takes the name when everything has come through that was asked for before, `changing` among it. */
  async #finish(changing: Promise<void>): Promise<void> {
    this.#ended = true;
    // CLOSE goes out behind the last WRITE, and all are waited for at once.
    const answers = await Promise.allSettled([this.#writes.finish(), changing, this.#file.close()]);
    this.#file.session.say(`WRITE ${this.#writes.octets} octets to ${this.#file.path}, CLOSE`);
    const failed = answers.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') {
      await this.#publication.discard();
      throw failed.reason;
    }
    await this.#publication.publish();
  }

  async abort(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    // The server may be the reason why it is given up; it has said all it has to say.
    await this.#file.close().catch(() => undefined);
    await this.#publication.discard();
  }

  #check(): void {
    if (this.#ended) throw new WherryError('closed', 'Cannot write the file: it is closed');
  }
}

function freshTimes(): Attributes {
  const now = Date.now();
  return { modifiedAt: now, accessedAt: now };
}
