import type { Workspace } from '../workspace.ts';
import type { Peer, RunningServer } from './peer.ts';
import type { Place } from './place.ts';
import type { SftpClient } from '../clients/client.ts';

export type SshServer = RunningServer & {
  readonly host: string;
  readonly user: string;
  /** The path of the served tree as clients name it; empty where the tree is the root. */
  readonly root: string;
  /** A key that opens the account; null where the password does. */
  readonly keyFile: string | null;
};

/** A server under test, or a pair of a server and the client that is to be measured with it. */
export type SshPeer = Peer & {
  /** Whose speed is measured. */
  readonly client: SftpClient;
  serve(workspace: Workspace, place: Place): Promise<SshServer>;
};
