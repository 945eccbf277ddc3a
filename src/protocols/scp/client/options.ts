import type { SshSiteOptions } from '#protocols/ssh/client/site-options.ts';

/** How {@link connectScp} reaches a server. */
export type ScpClientOptions = SshSiteOptions;
