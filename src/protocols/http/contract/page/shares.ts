import type { LoginReply } from './session.ts';

/** A link under which somebody without an account reaches a file or a directory (or may only bring files to it). */
export interface ShareRecord {
  readonly id: string;
  /** The whole address to hand on. Null when it can be told only once, at its making. */
  readonly url: string | null;
  readonly path: string;
  readonly type: 'file' | 'directory';
  readonly access: 'read' | 'upload-only' | 'read-and-upload';
  readonly hasPassword: boolean;
  readonly expiresAt: number | null;
  /** Visits (logins to the share) left; null for no limit. */
  readonly usesLeft: number | null;
  readonly uses: number;
  readonly createdAt: number;
  readonly note: string;
}

export interface ShareRequest {
  readonly path: string;
  readonly access: ShareRecord['access'];
  readonly password: string | null;
  readonly expiresAt: number | null;
  readonly maximumUses: number | null;
  readonly note: string;
}

/**
 * What somebody who opens a share's address sees before entering. A share that is unknown, over, used up or revoked is
 * `not-found` alike.
 */
export interface ShareGate {
  readonly needsPassword: boolean;
  readonly access: ShareRecord['access'];
  readonly name: string;
  readonly owner: string;
  readonly expiresAt: number | null;
}

export interface SharesRoutes {
  'GET /shares': { reply: { readonly shares: readonly ShareRecord[] } };
  'POST /shares': { body: ShareRequest; reply: ShareRecord };
  'DELETE /shares/:share': { params: { readonly share: string }; reply: null };
  /** `token` is the last part of the share's address, `/s/TOKEN`, which answers with the page. */
  'GET /share-gates/:token': { params: { readonly token: string }; reply: ShareGate };
  /**
   * Logs in to a share; the reply is the state of the session that sees only that: `user.share` has its name, `user.home`
   * its top. A share of a file shows a directory with that file. Somebody who may only bring files lists nothing.
   */
  'POST /share-gates/:token': {
    params: { readonly token: string };
    body: { readonly password: string | null };
    reply: LoginReply;
  };
}
