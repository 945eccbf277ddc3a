import { digestCommand } from '../checksum-command.ts';

/** XCRC: the CRC-32 of IEEE 802.3, in capitals. */
export const xcrc = digestCommand({ verb: 'XCRC', algorithm: 'CRC32', capitals: true });
