import { close, closeSync, fsync, link, open, rename, unlink, unlinkSync } from 'node:fs';
import { directoryNames } from '#native/index.ts';
import { answerInBackground, inBackground } from './attempt.ts';
import { childPath, descriptorPath, kernelPath, openFlags } from './kernel.ts';
import type { Place } from './jail.ts';
import { releaseTemporaryName } from './temporary-name.ts';

/** Errors of file systems that know no hard links, and of hosts that forbid them. */
const linkRefusals: ReadonlySet<unknown> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Moves a name to one that must not be taken, without a moment in which it could overwrite. */
export async function moveExclusively(from: string | Buffer, to: string | Buffer): Promise<void> {
  try {
    await inBackground((done) => {
      link(from, to, done);
    });
  } catch (error) {
    if (!linkRefusals.has((error as NodeJS.ErrnoException).code)) throw error;
    await claimAndMove(from, to);
    return;
  }
  try {
    await inBackground((done) => {
      unlink(from, done);
    });
  } catch (error) {
    // A name that may be read but not removed, as in a sticky directory: then it was not moved either.
    unlinkSync(to);
    throw error;
  }
}

/** Where links are refused: takes the name with an empty file, which fails if it is taken, and moves over that. */
export async function claimAndMove(from: string | Buffer, to: string | Buffer): Promise<void> {
  const claimed = await answerInBackground<number>((done) => {
    open(to, openFlags.create, 0o600, done);
  });
  closeSync(claimed);
  try {
    await inBackground((done) => {
      rename(from, to, done);
    });
  } catch (error) {
    unlinkSync(to);
    throw error;
  }
}

export interface PublicationOptions {
  /** Its `directory` is closed with the publication. */
  readonly place: Place;
  readonly temporaryName: string;
  /** Fails with EEXIST instead of replacing. */
  readonly exclusive: boolean;
}

/** A temporary file on its way to its name. */
export class Publication {
  readonly #directory: number;
  readonly #temporaryName: string;
  readonly #name: string;
  readonly #exclusive: boolean;

  constructor({ place, temporaryName, exclusive }: PublicationOptions) {
    this.#directory = place.directory;
    this.#temporaryName = temporaryName;
    this.#name = place.name;
    this.#exclusive = exclusive;
  }

  /** Whether {@link publishNow} may do; an exclusive name takes steps that differ between file systems. */
  get immediate(): boolean {
    return !this.#exclusive;
  }

  /** Gives the file its name at once; fit for small files, whose blocks a rename need not wait for. */
  publishNow(): void {
    try {
      directoryNames.replace(this.#directory, this.#temporaryName, kernelPath(this.#name));
    } catch (error) {
      this.discardNow();
      throw error;
    }
    this.#release();
  }

  /** Gives the file its name in another thread; with `durable`, waits until the directory is on the disk too. */
  async publish(durable: boolean): Promise<void> {
    try {
      await this.#move();
    } catch (error) {
      await this.discard();
      throw error;
    }
    try {
      if (durable) await syncDirectory(this.#directory);
    } finally {
      this.#release();
    }
  }

  #move(): Promise<void> {
    if (this.#exclusive) return moveExclusively(this.#temporary, this.#target);
    return inBackground((done) => {
      rename(this.#temporary, this.#target, done);
    });
  }

  /** Removes the temporary file. */
  discardNow(): void {
    try {
      unlinkSync(this.#temporary);
    } catch {
      // Somebody on the host removed it, or the device is gone: there is nothing left to take back.
    }
    this.#release();
  }

  /** As {@link discardNow}, in another thread: a large file takes the disk a while to forget. */
  async discard(): Promise<void> {
    await new Promise<void>((resolve) => {
      unlink(this.#temporary, () => {
        resolve();
      });
    });
    this.#release();
  }

  get #temporary(): string | Buffer {
    return childPath(this.#directory, this.#temporaryName);
  }

  get #target(): string | Buffer {
    return childPath(this.#directory, this.#name);
  }

  #release(): void {
    releaseTemporaryName(this.#temporaryName);
    closeSync(this.#directory);
  }
}

/** Forces the names of a directory to the disk; `directory` may stand for a place only. */
export async function syncDirectory(directory: number): Promise<void> {
  const opened = await answerInBackground<number>((done) => {
    open(descriptorPath(directory), openFlags.directory, done);
  });
  try {
    await inBackground((done) => {
      fsync(opened, done);
    });
  } finally {
    await inBackground((done) => {
      close(opened, done);
    });
  }
}
