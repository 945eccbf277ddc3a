import type { QueueSettings } from './queue.ts';

/** What a page may do with its backend, so that it never shows what cannot work. */
export interface PageFeatures {
  /** Opens connections to other servers: quick connect, sites, a second pane. */
  readonly connections: boolean;
  /** Has the disk of the machine as the connection {@link localConnection}. */
  readonly localDisk: boolean;
  readonly sites: boolean;
  /** A queue at the backend's end; without it the browser itself uploads and downloads. */
  readonly queue: boolean;
  /** Uploads by tus (`uploads.ts`). */
  readonly uploads: boolean;
  /** Directories and selections are downloaded as a zip file made on the way. */
  readonly archives: boolean;
  readonly shares: boolean;
  readonly passkeys: boolean;
  /** The account may open the administration. */
  readonly administration: boolean;
}

/** The connection that is always there with {@link PageFeatures.localDisk}: this machine's disk. */
export const localConnection = 'local';

/** The connection that is always there in the hosted mode: the tree of the account that logged in. */
export const accountConnection = 'account';

/** Who the page talks to and as whom. */
export interface SessionState {
  /** `local`: `wherry ui` on loopback. `hosted`: the files of a server. */
  readonly mode: 'local' | 'hosted';
  /** What the page calls the server or the machine in its title. */
  readonly title: string;
  readonly version: string;
  /** Null until somebody logged in: the page shows the login then (or asks for the one-time address). */
  readonly user: SessionUser | null;
  /** Bound to the session cookie; a new one comes with every login. */
  readonly csrfToken: string;
  readonly features: PageFeatures;
  /** When the session ends without a further request; null for never. */
  readonly expiresAt: number | null;
}

export interface SessionUser {
  readonly name: string;
  /** The directory the first pane shows. */
  readonly home: string;
  readonly readOnly: boolean;
  /** Set when this session came through a share and sees only that. */
  readonly share: string | null;
}

/** Answers of a login: done, or one more factor is asked for. */
export type LoginReply =
  | { readonly outcome: 'done'; readonly session: SessionState }
  | { readonly outcome: 'code'; readonly challenge: string };

/** What WebAuthn's JSON methods take and give (`PublicKeyCredential.parse…FromJSON`, `toJSON`); opaque to the page. */
export type PasskeyJson = Readonly<Record<string, unknown>>;

/** A passkey of the account that is logged in. */
export interface PasskeyRecord {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
}

export interface SessionRoutes {
  'GET /session': { reply: SessionState };
  /** `wherry ui`: turns the one-time token of the address (its fragment, never sent by itself) into the cookie. */
  'POST /session/token': { body: { readonly token: string }; reply: SessionState };
  'POST /session/login': { body: { readonly user: string; readonly password: string }; reply: LoginReply };
  /** The second factor: a one-time code, or one of the recovery codes. */
  'POST /session/code': { body: { readonly challenge: string; readonly code: string }; reply: LoginReply };
  /** Options for `navigator.credentials.get`. */
  'POST /session/passkey/begin': { reply: { readonly challenge: string; readonly options: PasskeyJson } };
  'POST /session/passkey/finish': {
    body: { readonly challenge: string; readonly credential: PasskeyJson };
    reply: LoginReply;
  };
  'DELETE /session': { reply: SessionState };
  'GET /passkeys': { reply: { readonly passkeys: readonly PasskeyRecord[] } };
  /** Options for `navigator.credentials.create`. */
  'POST /passkeys/begin': { reply: { readonly challenge: string; readonly options: PasskeyJson } };
  'POST /passkeys/finish': {
    body: { readonly challenge: string; readonly name: string; readonly credential: PasskeyJson };
    reply: PasskeyRecord;
  };
  'DELETE /passkeys/:passkey': { params: { readonly passkey: string }; reply: null };
  /** What the page remembers between two starts: open tabs, columns, theme. Opaque to the backend, at most 256 KiB. */
  'GET /preferences': { reply: PagePreferences };
  'PUT /preferences': { body: PagePreferences; reply: PagePreferences };
}

/** Kept for the user, not for the browser, so that the same tabs come back on another port. */
export interface PagePreferences {
  readonly page?: Readonly<Record<string, unknown>>;
  readonly queue?: Partial<QueueSettings>;
}
