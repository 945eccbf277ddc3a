import { digestCommand } from '../checksum-command.ts';
import type { Command } from '../command.ts';

/** XCRC: the CRC-32 of IEEE 802.3, in capitals. */
export const xcrc: Command = digestCommand({ verb: 'XCRC', algorithm: 'CRC32', capitals: true });
