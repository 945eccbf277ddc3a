import { digestCommand } from '../checksum-command.ts';
import type { Command } from '../command.ts';

/** XMD5. */
export const xmd5: Command = digestCommand({ verb: 'XMD5', algorithm: 'MD5' });
