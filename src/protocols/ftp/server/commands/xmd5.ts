import { digestCommand } from '../checksum-command.ts';

/** XMD5. */
export const xmd5 = digestCommand({ verb: 'XMD5', algorithm: 'MD5' });
