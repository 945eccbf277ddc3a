import type { Workspace } from '../workspace.ts';
import type { Peer, RunningServer } from './peer.ts';
import type { Place } from './place.ts';

/** An FTP server that can also be put where its clients are far from it. */
export type FtpPeer = Peer & { serve(workspace: Workspace, place: Place): Promise<RunningServer> };
