/** What a site speaks; `ftp` with its {@link SiteEncryption}. */
export type SiteProtocol = 'ftp' | 'sftp' | 'scp' | 'tftp' | 'ftp+ssh' | 'dav';

/** FileZilla's four, for FTP and for WebDAV (there `none` or `implicit`). */
export type SiteEncryption = 'explicit-if-available' | 'explicit' | 'implicit' | 'none';

export type SiteLogon = 'anonymous' | 'normal' | 'ask' | 'interactive' | 'account' | 'key' | 'agent';

export type SiteColour = 'none' | 'red' | 'orange' | 'yellow' | 'green' | 'cyan' | 'blue' | 'purple';

/** A place to go back to: a pair of directories, either of which may stay as it is. */
export interface Bookmark {
  readonly id: string;
  readonly name: string;
  readonly localDirectory: string | null;
  readonly remoteDirectory: string | null;
  readonly synchronisedBrowsing: boolean;
  readonly directoryComparison: boolean;
}

/** Everything that a saved site says but its secrets. */
export interface SiteFields {
  readonly name: string;
  /** Null at the top. */
  readonly folderId: string | null;
  readonly protocol: SiteProtocol;
  readonly host: string;
  /** Null for the protocol's own. */
  readonly port: number | null;
  readonly encryption: SiteEncryption;
  readonly logon: SiteLogon;
  readonly user: string;
  /** For `account` (ACCT). */
  readonly account: string;
  /** For `key`: a path on the machine of the backend. */
  readonly keyFile: string;
  readonly transferMode: 'default' | 'active' | 'passive';
  /** Null for no limit of its own. */
  readonly maximumConnections: number | null;
  /** `auto`, `utf-8`, or a name that `TextDecoder` knows. */
  readonly charset: string;
  /** Added to the server's times. */
  readonly timeOffsetMinutes: number;
  readonly serverType: string;
  readonly bypassProxy: boolean;
  readonly localDirectory: string;
  readonly remoteDirectory: string;
  readonly synchronisedBrowsing: boolean;
  readonly directoryComparison: boolean;
  readonly comment: string;
  readonly colour: SiteColour;
  readonly bookmarks: readonly Bookmark[];
}

/** Secrets go in and never come out. Absent: as before. Null: forgotten. */
export interface SiteSecrets {
  readonly password?: string | null;
  readonly keyPassphrase?: string | null;
}

export interface SiteRecord extends SiteFields {
  readonly id: string;
  readonly hasPassword: boolean;
  readonly hasKeyPassphrase: boolean;
  readonly lastUsedAt: number | null;
}

export interface SiteFolder {
  readonly id: string;
  readonly name: string;
  readonly parentId: string | null;
}

/** All saved sites. While the store is locked, sites can be seen and their passwords not used. */
export interface SiteStore {
  readonly protection: 'none' | 'locked' | 'unlocked';
  readonly folders: readonly SiteFolder[];
  readonly sites: readonly SiteRecord[];
  /** Bookmarks that belong to no site. */
  readonly bookmarks: readonly Bookmark[];
}

export type SiteFileFormat = 'filezilla' | 'ssh-config' | 'wherry';

export interface SitesRoutes {
  'GET /sites': { reply: SiteStore };
  'POST /sites': { body: SiteFields & SiteSecrets; reply: SiteRecord };
  'PUT /sites/:site': {
    params: { readonly site: string };
    body: SiteFields & SiteSecrets;
    reply: SiteRecord;
  };
  'DELETE /sites/:site': { params: { readonly site: string }; reply: null };
  'POST /sites/:site/copy': { params: { readonly site: string }; reply: SiteRecord };
  'POST /folders': { body: Omit<SiteFolder, 'id'>; reply: SiteFolder };
  'PUT /folders/:folder': {
    params: { readonly folder: string };
    body: Omit<SiteFolder, 'id'>;
    reply: SiteFolder;
  };
  /** With everything in it. */
  'DELETE /folders/:folder': { params: { readonly folder: string }; reply: null };
  'PUT /bookmarks': {
    body: { readonly bookmarks: readonly Bookmark[] };
    reply: { readonly bookmarks: readonly Bookmark[] };
  };
  /** `filezilla`: sitemanager.xml; `ssh-config`: `Host` blocks. Without content the file of this user is read. */
  'POST /sites/import': {
    body: { readonly format: SiteFileFormat; readonly content?: string; readonly folderId: string | null };
    reply: { readonly imported: number; readonly notes: readonly string[] };
  };
  /** Passwords are in it only when asked for. */
  'POST /sites/export': {
    body: { readonly format: SiteFileFormat; readonly withPasswords: boolean };
    reply: { readonly content: string; readonly fileName: string };
  };
  'POST /sites/unlock': { body: { readonly password: string }; reply: SiteStore };
  'POST /sites/lock': { reply: SiteStore };
  /** Sets, changes or (null) removes the master password; the old one is needed where there was one. */
  'PUT /sites/master-password': {
    body: { readonly old: string | null; readonly new: string | null };
    reply: SiteStore;
  };
}
