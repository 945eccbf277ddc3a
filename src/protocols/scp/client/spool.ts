import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toWherryError } from '#core/errors.ts';

/** A file without a name in which octets wait until all of them are there. */
export class Spool {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** @throws WherryError `no-space` and what else keeps a temporary file from being made */
  static async create(): Promise<Spool> {
    const path = join(tmpdir(), `wherry-spool-${randomBytes(12).toString('hex')}`);
    try {
      const { O_CREAT, O_EXCL, O_RDWR, O_NOFOLLOW } = constants;
      const file = await open(path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW, 0o600);
      await unlink(path);
      return new Spool(file);
    } catch (thrown) {
      throw toWherryError(thrown, 'make a temporary file');
    }
  }

  async write(source: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < source.length;) {
      try {
        done += (await this.#file.write(source, done, source.length - done, position + done)).bytesWritten;
      } catch (thrown) {
        throw toWherryError(thrown, 'write the temporary file');
      }
    }
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    try {
      return (await this.#file.read(target, 0, target.length, position)).bytesRead;
    } catch (thrown) {
      throw toWherryError(thrown, 'read the temporary file');
    }
  }

  async size(): Promise<number> {
    return (await this.#file.stat()).size;
  }

  async truncate(size: number): Promise<void> {
    try {
      await this.#file.truncate(size);
    } catch (thrown) {
      throw toWherryError(thrown, 'cut the temporary file');
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
