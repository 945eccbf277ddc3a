import { digestCommand } from '../checksum-command.ts';

/** XSHA256. */
export const xsha256 = digestCommand({ verb: 'XSHA256', algorithm: 'SHA-256' });
