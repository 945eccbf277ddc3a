import { copyFile, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { TftpClientProgram } from '../clients/tftp.ts';
import type { Peer } from '../peers/peer.ts';
import type { Measurement } from '../suite.ts';

const bytesPerMegabyte = 1e6;

/** The image that every client fetches. */
const imageName = 'big.bin';
const bootSeconds = 170;

/** One transfer after the other of a file, in blocks and windows that the client asks for. */
function fetching(id: string, block: number, window: number): Measurement {
  return {
    id,
    needs: [],
    async run({ load, workspace, effort, server }) {
      const {
        bytes = 0,
        seconds = 0,
        repeats = 0,
      } = await load.run('tftp', {
        port: server.port,
        path: imageName,
        size: workspace.sizes.bigFileBytes,
        seconds: effort.seconds,
        block,
        window,
      });
      return { speed: bytes / seconds / bytesPerMegabyte, repeats };
    },
  };
}

/** All clients ask at once, and the slowest of them counts. None may fail. */
function booting(id: string, window: number): Measurement {
  return {
    id,
    needs: [],
    once: true,
    async run({ load, workspace, effort, server }) {
      const size = workspace.sizes.bigFileBytes;
      const options = {
        port: server.port,
        path: imageName,
        size,
        seconds: 0,
        connections: effort.clientsAtOnce ?? 1,
      };
      const result = await load.run('tftp', { ...options, block: 1428, window }, bootSeconds);
      const { seconds = 0, repeats = 0 } = result;
      return { seconds, repeats };
    },
  };
}

/** A peer of this suite that is a client; its server is the same for all. */
export type TftpClientPeer = Peer & { readonly client: TftpClientProgram };

const clientFileTimes = 8;

const client: Measurement = {
  id: 'client',
  needs: [],
  async run({ workspace, server, peer }) {
    const { client: program } = peer as TftpClientPeer;
    const remote = join(workspace.tree, 'client.bin');
    const local = join(workspace.scratch, 'client.bin');
    const size = workspace.sizes.bigFileBytes * clientFileTimes;
    await copyFile(join(workspace.tree, imageName), remote);
    await truncate(remote, size);
    try {
      const startedAt = performance.now();
      await program.fetch({ port: server.port, remote: 'client.bin', local }, workspace);
      const seconds = (performance.now() - startedAt) / 1000;
      const { size: arrived } = await stat(local);
      if (arrived !== size) throw new Error(`${arrived} bytes arrived, not ${size}`);
      return { speed: size / seconds / bytesPerMegabyte };
    } finally {
      await rm(remote, { force: true });
      await rm(local, { force: true });
    }
  },
};

/** What servers are measured by. */
export const tftpServerMeasurements: readonly Measurement[] = [
  fetching('blocks-512', 512, 1),
  fetching('blocks-1428', 1428, 1),
  fetching('window-32', 1428, 32),
  booting('boot', 1),
  booting('boot-window-16', 16),
];

/** What clients are measured by. */
export const tftpClientMeasurements: readonly Measurement[] = [client];
