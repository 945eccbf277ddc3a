/**
 * UDP exchanges with one peer at a time: by the addon where it was built, else by `node:dgram` with the same
 * behaviour, at about twice the cost of a packet.
 */
import type { OpenPeerSocket } from './datagram-contract.ts';
import { loadBinding } from './linux/binding.ts';
import { linuxPeerSockets } from './linux/peer-socket.ts';
import { openPortablePeerSocket } from './portable/peer-socket.ts';

const binding = loadBinding();

export const openPeerSocket: OpenPeerSocket =
  (binding === undefined ? null : linuxPeerSockets(binding)) ?? openPortablePeerSocket;

export type {
  BlockIntake,
  BlockStream,
  BlockStreamOptions,
  PacketOrigin,
  PeerSocket,
  PeerSocketOptions,
  StreamProgress,
} from './datagram-contract.ts';
