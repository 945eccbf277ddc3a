import { resolve } from 'node:path';
import { RemoteConnection } from '#client/index.ts';
import type { ConnectOptions } from '#client/options.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { ClientWork } from '../client-command.ts';
import type { Reporter } from '../output/reporter.ts';
import { Jobs } from './jobs.ts';
import { ShellError } from './shell-error.ts';

/** What `set` changes. */
export interface ShellSettings {
  /** Transfers verify what arrived. */
  verify: boolean;
  /** Connections that mirrors use. */
  parallel: number;
  /** A script goes on after a command that failed. */
  'continue-on-error': boolean;
}

/** A conversation with one place at a time, and what it remembers from command to command. */
export class ShellSession {
  readonly work: ClientWork;
  readonly aliases = new Map<string, string>();
  readonly jobs = new Jobs();
  readonly settings: ShellSettings = { verify: true, parallel: 4, 'continue-on-error': false };
  /** Lines that were typed, the newest last. */
  readonly history: string[] = [];
  localDirectory: string = process.cwd();
  /** Set by `exit`. */
  ended = false;
  /** What `exit` said the program is to end with. */
  exitCode: number | null = null;
  #address: string | null = null;
  #place: RemoteConnection | null = null;
  #previous: VirtualPath | null = null;

  constructor(work: ClientWork) {
    this.work = work;
  }

  get report(): Reporter {
    return this.work.report;
  }

  get isOpen(): boolean {
    return this.#place !== null;
  }

  /** The place that is open. @throws ShellError when none is */
  get place(): RemoteConnection {
    if (this.#place === null) throw new ShellError('no place is open; "open URL" opens one');
    return this.#place;
  }

  /** The address that was opened, without path and password; null when none is open. */
  get address(): string | null {
    return this.#address;
  }

  async open(address: string, more?: ConnectOptions): Promise<void> {
    const place = await this.work.open(address, more);
    await this.close();
    this.#place = place;
    const { protocol, host, port, user } = place.facts;
    this.#address =
      host === null ? 'file://' : `${protocol}://${user === null ? '' : `${user}@`}${host}:${port}`;
    this.#previous = null;
  }

  /** The same place seen from another directory. */
  enter(directory: VirtualPath): void {
    const { place } = this;
    this.#previous = place.directory;
    this.#place = new RemoteConnection(place.fileSystem, { directory });
  }

  /** The directory before the last change, for `cd -`. */
  get previousDirectory(): VirtualPath | null {
    return this.#previous;
  }

  async close(): Promise<void> {
    const place = this.#place;
    this.#place = null;
    this.#address = null;
    await place?.close();
  }

  /** A path of this machine, seen from the local directory of the shell. */
  local(path: string): string {
    return resolve(this.localDirectory, path);
  }
}
