import type { AccessPolicy } from './permission.ts';
import type { FileSystem } from './file-system.ts';
import type { AccountLimits } from './limits.ts';
import type { NamePolicy } from './name-policy.ts';
import type { VirtualPath } from './virtual-path.ts';

/** Someone who has logged in, with what is theirs. Protocols see it through `guard` only. */
export interface Account {
  readonly name: string;
  readonly anonymous: boolean;
  /** The tree this account sees, from its own root down; null for the server's own. */
  readonly fileSystem: FileSystem | null;
  /** The directory a login starts in. */
  readonly home: VirtualPath;
  readonly access: AccessPolicy;
  /** CIDR networks whose addresses a PORT or EPRT of this account may name, and that may take its data ports. */
  readonly fxpNetworks: readonly string[];
  /** Whether control and data connections must be encrypted for this account. */
  readonly requireTls: boolean;
  /** May see other sessions (SITE WHO). */
  readonly administrator: boolean;
  /** None of its own when absent. */
  readonly limits?: AccountLimits | undefined;
  /** Names that this account does not see, or may not make; none when absent. */
  readonly nameRules?: NamePolicy | undefined;
  /** May let SSH carry other connections of this server (RFC 4254 section 7.2); yes when absent. */
  readonly tunnel?: boolean | undefined;
}
