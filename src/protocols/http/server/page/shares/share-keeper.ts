import type { Secret } from '#core/secret.ts';
import type { ShareRecord } from '../../../contract/page/shares.ts';

/** A share link as it is kept. */
export interface KeptShare extends Pick<ShareRecord, 'id' | 'type' | 'access' | 'note'> {
  /** Whose files it shows, and by whose rights. */
  readonly account: string;
  /** Of the account's tree. */
  readonly path: string;
  readonly hasPassword: boolean;
  /** Milliseconds since 1970 in UTC. */
  readonly createdAt: number;
  /** Null for never. */
  readonly expiresAt: number | null;
  /** Null for any number. */
  readonly maximumUses: number | null;
  readonly uses: number;
}

/** What a share is made from. */
export type NewShare = Omit<KeptShare, 'id' | 'hasPassword' | 'createdAt' | 'uses'> & {
  readonly password: Secret | null;
};

/** Where share links are kept. Throws `WherryError` only. */
export interface ShareKeeper {
  /** @returns the share, and the secret part of its address, which is never told again. @throws `too-many` */
  add(share: NewShare): Promise<{ readonly share: KeptShare; readonly token: Secret }>;
  /** The shares of an account, the oldest first. */
  listOf(account: string): readonly KeptShare[];
  /** The share of a token, whether it is good any more or not; null for none. */
  findByToken(token: string): KeptShare | null;
  /** Whether a password is the one of a share; takes its time also where there is none. */
  isPassword(id: string, password: Secret): Promise<boolean>;
  /** Counts a visit, unless as many were made as may be. @returns whether it may be made */
  use(id: string): boolean;
  /** @throws `not-found` for a share that is none of this account's */
  remove(account: string, id: string): void;
}

/** Whether a share lets anybody in at a moment. */
export function isGood({ expiresAt, maximumUses, uses }: KeptShare, now: number): boolean {
  return (expiresAt === null || now < expiresAt) && (maximumUses === null || uses < maximumUses);
}
