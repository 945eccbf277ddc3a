import type { Secret } from '#core/secret.ts';

/** Where a proxy is and who calls it. */
export interface ProxyOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string | null;
  readonly password: Secret | null;
  /** Which kind of address of the proxy itself to use. */
  readonly family: 4 | 6 | undefined;
}
