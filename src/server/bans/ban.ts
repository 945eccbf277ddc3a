/** Who made a ban. */
export type BanSource = 'administrator' | 'automatic';

/** A network that is kept out. Times are milliseconds since 1970 in UTC. */
export interface Ban {
  readonly network: string;
  readonly reason: string;
  readonly source: BanSource;
  readonly createdAt: number;
  /** When it ends; null for never. */
  readonly expiresAt: number | null;
}

/** A network that no ban and no penalty keeps out. */
export interface AllowedNetwork {
  readonly network: string;
  readonly note: string;
  readonly createdAt: number;
}
