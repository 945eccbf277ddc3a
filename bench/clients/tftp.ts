import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { host, MissingPeer } from '../peers/peer.ts';
import type { Workspace } from '../workspace.ts';
import { runClient } from './client.ts';

/** A program that fetches a file by TFTP in blocks of 1428 octets. Its whole run is measured, with its start. */
export type TftpClientProgram = {
  readonly name: string;
  readonly packages: readonly string[];
  /** @throws MissingPeer */
  prepare(): Promise<void>;
  /** @throws when the program does not end well */
  fetch(
    job: { readonly port: number; readonly remote: string; readonly local: string },
    workspace: Workspace,
  ): Promise<void>;
};

const wherry = join(import.meta.dirname, '../../bin/wherry');

function urlOf({ port, remote }: { readonly port: number; readonly remote: string }): string {
  return `tftp://${host}:${port}/${remote}`;
}

/** wherry's command line, which asks for those blocks by itself. */
export const wherryTftpClient: TftpClientProgram = {
  name: 'wherry',
  packages: [],
  prepare: () => Promise.resolve(),
  async fetch(job) {
    await runClient([wherry, 'get', '--quiet', '-o', job.local, urlOf(job)]);
  },
};

export const curlTftpClient: TftpClientProgram = {
  name: 'curl',
  packages: ['curl'],
  async prepare() {
    await access('/usr/bin/curl').catch(() => {
      throw new MissingPeer('there is no curl');
    });
  },
  async fetch(job) {
    await runClient(['curl', '-q', '-sS', '--tftp-blksize', '1428', '-o', job.local, urlOf(job)]);
  },
};
