import { digestCommand } from '../checksum-command.ts';

/** XSHA512. */
export const xsha512 = digestCommand({ verb: 'XSHA512', algorithm: 'SHA-512' });
