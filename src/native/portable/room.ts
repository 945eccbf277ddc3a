import type { NativeRoom } from '../contract.ts';
import { connectTcp } from './connect-tcp.ts';
import { directoryNames } from './directory-names.ts';
import { openBeneath } from './open-beneath.ts';
import { scanDirectory } from './scan-directory.ts';
import { portableTcpListener } from './tcp-listener.ts';

/** Everything by Node's own means. */
export const portableRoom: NativeRoom = {
  openBeneath,
  readCached: () => -1,
  directoryNames,
  scanDirectory,
  mapFile: () => null,
  TcpListener: portableTcpListener,
  connectTcp,
};
