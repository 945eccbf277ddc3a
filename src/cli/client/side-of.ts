import { isRemoteAddress } from '#client/address.ts';
import type { MirrorSide } from '#client/index.ts';
import type { ClientWork } from './client-command.ts';

/** Connections to each remote side where the command line names no number. */
const usualParallel = 4;

/** A side of a mirror or a sync: a path of this machine as it is, an address as a connection to its place. */
export async function sideOf(
  { open }: Pick<ClientWork, 'open'>,
  address: string,
  parallel: number | undefined,
): Promise<MirrorSide> {
  if (!isRemoteAddress(address)) return address;
  const place = await open(address, { connections: parallel ?? usualParallel });
  return place.place('.');
}
