import type { Awaitable } from '#core/awaitable.ts';
import type { ConfigDifference } from '../config/compare.ts';
import type { LoadedConfig } from '../config/load-config.ts';

/** The configuration of a running server, or the one that a server would start with. */
export interface ConfigAccess {
  current(): Awaitable<LoadedConfig>;
  /** Reads it anew and takes hold of what can be; null where no server runs. */
  readonly reload: (() => Promise<ConfigDifference>) | null;
}

/** The configuration of a server that runs: it is there already. */
export interface RunningConfig extends ConfigAccess {
  current(): LoadedConfig;
}
