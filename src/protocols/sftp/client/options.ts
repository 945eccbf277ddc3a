import type { SshSiteOptions } from '#protocols/ssh/client/site-options.ts';
import type { SftpClientLimits } from './limits.ts';

/** How {@link connectSftp} reaches a server and behaves there. */
export interface SftpClientOptions extends SshSiteOptions {
  /**
   * Write uploads straight under their names, for servers that take new names but let nothing be renamed or removed
   * (drop boxes). By default they get their name only when they are complete.
   */
  readonly uploadInPlace?: boolean | undefined;
  readonly limits?: Partial<SftpClientLimits> | undefined;
}
