import { digestCommand } from '../checksum-command.ts';

/** XSHA1, which some clients call XSHA. */
export const xsha1 = digestCommand({ verb: 'XSHA1', aliases: ['XSHA'], algorithm: 'SHA-1' });
