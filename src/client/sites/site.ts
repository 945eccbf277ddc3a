import { schemes, type Scheme } from '../address.ts';

/** How a site wants its users to show who they are. */
export const logonTypes = ['anonymous', 'normal', 'ask', 'interactive', 'account', 'key', 'agent'] as const;

/** One of {@link logonTypes}. */
export type LogonType = (typeof logonTypes)[number];

/** How FTP is protected; what FileZilla offers. */
export const encryptions = ['auto', 'require', 'implicit', 'off'] as const;

/** One of {@link encryptions}. */
export type Encryption = (typeof encryptions)[number];

/** A place that was saved to be returned to. What is null was left to the program. */
export interface Site {
  readonly name: string;
  /** Names of the folders that it lies in, from the top. */
  readonly folder: readonly string[];
  readonly scheme: Exclude<Scheme, 'file'>;
  readonly host: string;
  readonly port: number | null;
  readonly encryption: Encryption;
  readonly logon: LogonType;
  readonly user: string | null;
  readonly password: string | null;
  readonly account: string | null;
  readonly keyFile: string | null;
  readonly transferMode: 'default' | 'active' | 'passive';
  /** Most connections at a time; null for no limit of its own. */
  readonly connections: number | null;
  /** Null finds out by itself. */
  readonly charset: string | null;
  /** Minutes to add to the times that the server lists. */
  readonly timeOffsetMinutes: number | null;
  readonly localDirectory: string | null;
  readonly remoteDirectory: string | null;
  readonly synchronisedBrowsing: boolean;
  readonly directoryComparison: boolean;
  readonly bypassProxy: boolean;
  readonly comment: string | null;
  /** A name of a colour that the page knows. */
  readonly colour: string | null;
  readonly bookmarks: readonly Bookmark[];
}

/** A pair of directories within a site. */
export interface Bookmark {
  readonly name: string;
  readonly localDirectory: string | null;
  readonly remoteDirectory: string | null;
}

/** What a new site is before anything is known of it. */
export const emptySite: Omit<Site, 'name' | 'scheme' | 'host'> = Object.freeze({
  folder: [],
  port: null,
  encryption: 'auto',
  logon: 'normal',
  user: null,
  password: null,
  account: null,
  keyFile: null,
  transferMode: 'default',
  connections: null,
  charset: null,
  timeOffsetMinutes: null,
  localDirectory: null,
  remoteDirectory: null,
  synchronisedBrowsing: false,
  directoryComparison: false,
  bypassProxy: false,
  comment: null,
  colour: null,
  bookmarks: [],
});

/** Folders and name as one: how a site is named in addresses (`@folder.name`). */
export function siteKey(site: Pick<Site, 'folder' | 'name'>): string {
  return [...site.folder, site.name].join('/');
}

/** The port that a site is called at. */
export function sitePort(site: Pick<Site, 'scheme' | 'port' | 'encryption'>): number {
  if (site.port !== null) return site.port;
  return site.scheme === 'ftp' && site.encryption === 'implicit'
    ? schemes.ftps.port
    : schemes[site.scheme].port;
}
