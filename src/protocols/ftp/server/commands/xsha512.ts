import { digestCommand } from '../checksum-command.ts';
import type { Command } from '../command.ts';

/** XSHA512. */
export const xsha512: Command = digestCommand({ verb: 'XSHA512', algorithm: 'SHA-512' });
