import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MissingPeer } from '../../peers/peer.ts';
import { run, type Workspace } from '../../workspace.ts';
import { runClient } from '../client.ts';
import type { ClientProgram, Protocol } from './program.ts';

const node = join(import.meta.dirname, '../../../bin/wherry-node');

/** A library of npm's with the driver of this folder that calls it. */
type Library = {
  readonly name: string;
  readonly version: string;
  readonly driver: string;
  readonly protocols: readonly Protocol[];
  readonly oneByOne: boolean;
};

function directoryOf(workspace: Workspace, { name, version }: Library): string {
  return join(workspace.cache, 'npm', `${name}-${version}`);
}

/** Fetches a library into the cache, with what it needs and without running what it brings. */
async function fetch(workspace: Workspace, library: Library): Promise<void> {
  const { name, version } = library;
  const directory = directoryOf(workspace, library);
  try {
    await access(join(directory, 'node_modules', name));
  } catch {
    await mkdir(directory, { recursive: true });
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefix', directory];
    try {
      await run('npm', ['install', ...quiet, `${name}@${version}`]);
    } catch (error) {
      throw new MissingPeer(`npm cannot fetch it (${String(error).split('\n')[0] ?? ''})`);
    }
  }
}

function programOf(library: Library): ClientProgram {
  const { name, protocols, oneByOne, driver } = library;
  return {
    name,
    packages: [],
    protocols,
    oneByOne,
    mirrors: false,
    prepare: (workspace) => fetch(workspace, library),
    async run(errand, workspace) {
      const { kind, protocol, local, remote, server, inside } = errand;
      const { host, port, user, keyFile, account } = server;
      const work = { kind, protocol, local, remote, host, port, user, keyFile, password: account.password };
      const module = join(directoryOf(workspace, library), 'node_modules', name);
      const file = join(import.meta.dirname, driver);
      await runClient([...inside, node, file, JSON.stringify({ ...work, module })]);
    },
  };
}

export const basicFtpProgram = programOf({
  name: 'basic-ftp',
  version: '6.2.3',
  driver: 'basic-ftp-driver.mjs',
  protocols: ['ftp', 'ftpes'],
  oneByOne: true,
});

export const ssh2SftpProgram = programOf({
  name: 'ssh2-sftp-client',
  version: '12.1.1',
  driver: 'ssh2-sftp-driver.mjs',
  protocols: ['sftp'],
  oneByOne: false,
});
