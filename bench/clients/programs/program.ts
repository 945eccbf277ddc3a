import type { SshServer } from '../../peers/ssh-peer.ts';
import type { Workspace } from '../../workspace.ts';

/** How a client speaks to the server: `ftpes` is FTP that is taken into TLS. */
export type Protocol = 'ftp' | 'ftpes' | 'sftp';

/** What a client is to do: move one file, or make one directory hold what the other does. */
export type Errand = {
  readonly kind: 'get' | 'put' | 'get-tree' | 'put-tree';
  readonly protocol: Protocol;
  readonly server: SshServer;
  readonly local: string;
  /** As the server names it, from its root. */
  readonly remote: string;
  /** The names in the directory, for a program that cannot list one. */
  readonly names: readonly string[];
  /** Prefix of the command, for a client in another place. */
  readonly inside: readonly string[];
  readonly onStart?: (pid: number) => void;
};

/** A program that users move files with. Its whole run is measured, with its start, connecting and login. */
export type ClientProgram = {
  readonly name: string;
  readonly packages: readonly string[];
  readonly protocols: readonly Protocol[];
  /** Moves the files of a directory one after the other: far away it is given fewer of them. */
  readonly oneByOne: boolean;
  /** Whether it finds by itself that a directory has not changed. */
  readonly mirrors: boolean;
  /** What has it say its version, where that is a program of its own. */
  readonly versionCommand?: readonly string[];
  /** Finds or fetches it. @throws MissingPeer */
  prepare(workspace: Workspace): Promise<void>;
  /** @throws when the program does not end well */
  run(errand: Errand, workspace: Workspace): Promise<void>;
};

/** Transfers at a time, where a program takes a number. */
export const parallel = 4;

/** The address of what is remote, with the account in it. */
export function urlOf({ protocol, server, remote }: Errand, scheme: string = protocol): string {
  const { host, port, user, account } = server;
  const password = protocol === 'sftp' ? '' : `:${account.password}`;
  return `${scheme}://${user}${password}@${host}:${port}/${remote.startsWith('/') ? `/${remote.slice(1)}` : remote}`;
}
