import { digestCommand } from '../checksum-command.ts';
import type { Command } from '../command.ts';

/** XSHA1, which some clients call XSHA. */
export const xsha1: Command = digestCommand({ verb: 'XSHA1', aliases: ['XSHA'], algorithm: 'SHA-1' });
