import type { FtpPeer } from '../../peers/ftp-peer.ts';
import { openssh } from '../../peers/openssh.ts';
import { account } from '../../peers/peer.ts';
import { loopback, type Place } from '../../peers/place.ts';
import { proftpd } from '../../peers/proftpd.ts';
import type { SshServer } from '../../peers/ssh-peer.ts';
import { vsftpd } from '../../peers/vsftpd.ts';
import { wherry } from '../../peers/wherry.ts';
import type { Workspace } from '../../workspace.ts';

type Serve = (workspace: Workspace, place: Place) => Promise<SshServer>;

function ftpAt(peer: FtpPeer): Serve {
  return async (workspace, place) => {
    await peer.prepare(workspace);
    const server = await peer.serve(workspace, place);
    return { ...server, host: place.host, user: account.user, root: '', keyFile: null };
  };
}

/** The servers that clients are measured against. */
export const servers = {
  vsftpd: ftpAt(vsftpd),
  proftpd: ftpAt(proftpd),
  wherry: ftpAt(wherry),
  openssh: async (workspace, place) => {
    await openssh.prepare(workspace);
    return openssh.serve(workspace, place);
  },
} as const satisfies Readonly<Record<string, Serve>>;

export type ServerName = keyof typeof servers;

/** The servers of one run: each is started when the first client needs it and serves all of them. */
class ServerRoom {
  readonly #running = new Map<ServerName, Promise<SshServer>>();
  readonly #workspace: Workspace;
  #clients = 0;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  enter(): void {
    this.#clients += 1;
  }

  /** The last one to leave stops them. */
  async leave(): Promise<void> {
    this.#clients -= 1;
    if (this.#clients > 0) return;
    const running = [...this.#running.values()];
    this.#running.clear();
    for (const server of running) await (await server).stop();
  }

  get(name: ServerName): Promise<SshServer> {
    let server = this.#running.get(name);
    if (server === undefined) {
      server = servers[name](this.#workspace, loopback);
      this.#running.set(name, server);
      server.catch(() => this.#running.delete(name));
    }
    return server;
  }
}

const rooms = new WeakMap<Workspace, ServerRoom>();

/** The servers of a workspace. */
export function serversOf(workspace: Workspace): ServerRoom {
  const room = rooms.get(workspace) ?? new ServerRoom(workspace);
  rooms.set(workspace, room);
  return room;
}
