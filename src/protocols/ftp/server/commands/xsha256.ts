import { digestCommand } from '../checksum-command.ts';
import type { Command } from '../command.ts';

/** XSHA256. */
export const xsha256: Command = digestCommand({ verb: 'XSHA256', algorithm: 'SHA-256' });
