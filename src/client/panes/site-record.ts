import { createHash } from 'node:crypto';
import type {
  Bookmark,
  SiteEncryption,
  SiteFields,
  SiteProtocol,
  SiteRecord,
  SiteSecrets,
} from '#protocols/http/contract/page/sites.ts';
import { WherryError } from '#core/errors.ts';
import { checkSite } from '../sites/check-site.ts';
import { emptySite, siteKey, type Encryption, type Site } from '../sites/site.ts';

/** How encryption is called by the page and by the store. */
const encryptionNames: readonly (readonly [SiteEncryption, Encryption])[] = [
  ['explicit-if-available', 'auto'],
  ['explicit', 'require'],
  ['implicit', 'implicit'],
  ['none', 'off'],
];

const colourNames: ReadonlySet<string> = new Set([
  'red',
  'orange',
  'yellow',
  'green',
  'cyan',
  'blue',
  'purple',
]);

/** The id of a site: of its folders and its name, which are what the store knows it by. */
export function siteId(site: Pick<Site, 'folder' | 'name'>): string {
  return Buffer.from(siteKey(site)).toString('base64url');
}

/** The id of a folder; null for the top. */
export function folderId(folder: readonly string[]): string | null {
  return folder.length === 0 ? null : Buffer.from(JSON.stringify(folder)).toString('base64url');
}

/** @throws WherryError `not-found` for what is no id of a folder */
export function folderOf(id: string | null): readonly string[] {
  if (id === null) return [];
  try {
    const parsed: unknown = JSON.parse(Buffer.from(id, 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && parsed.every((part) => typeof part === 'string')) return parsed;
  } catch {
    // Falls through to the one answer.
  }
  throw new WherryError('not-found', 'There is no such folder');
}

/** A site as the page shows it, without its secrets. */
export function siteRecord(site: Site): SiteRecord {
  return {
    id: siteId(site),
    name: site.name,
    folderId: folderId(site.folder),
    protocol: protocolOf(site),
    host: site.host,
    port: site.port,
    encryption: encryptionNames.find(([, name]) => name === site.encryption)?.[0] ?? 'explicit-if-available',
    logon: site.logon,
    user: site.user ?? '',
    account: site.account ?? '',
    keyFile: site.keyFile ?? '',
    transferMode: site.transferMode,
    maximumConnections: site.connections,
    charset: site.charset ?? 'auto',
    timeOffsetMinutes: site.timeOffsetMinutes ?? 0,
    serverType: 'default',
    bypassProxy: site.bypassProxy,
    localDirectory: site.localDirectory ?? '',
    remoteDirectory: site.remoteDirectory ?? '',
    synchronisedBrowsing: site.synchronisedBrowsing,
    directoryComparison: site.directoryComparison,
    comment: site.comment ?? '',
    colour:
      site.colour !== null && colourNames.has(site.colour) ? (site.colour as SiteRecord['colour']) : 'none',
    bookmarks: site.bookmarks.map((bookmark): Bookmark => ({
      ...bookmark,
      id: createHash('sha256').update(JSON.stringify(bookmark)).digest('base64url').slice(0, 16),
      synchronisedBrowsing: false,
      directoryComparison: false,
    })),
    hasPassword: site.password !== null && site.logon !== 'key',
    hasKeyPassphrase: site.password !== null && site.logon === 'key',
    lastUsedAt: null,
  };
}

function protocolOf({ scheme }: Site): SiteProtocol {
  return scheme === 'ftps' || scheme === 'ftpes' ? 'ftp' : scheme;
}

/** A site of what the page gives. @throws WherryError `invalid-argument`, `not-supported` */
export function siteOf(fields: SiteFields & SiteSecrets, before: Site | null): Site {
  if (fields.protocol === 'dav') throw new WherryError('not-supported', 'WebDAV sites are not offered here');
  const secret = fields.logon === 'key' ? fields.keyPassphrase : fields.password;
  return checkSite({
    ...emptySite,
    name: fields.name,
    folder: folderOf(fields.folderId),
    scheme: fields.protocol,
    host: fields.host,
    port: fields.port,
    encryption: encryptionNames.find(([name]) => name === fields.encryption)?.[1],
    logon: fields.logon,
    user: orNull(fields.user),
    password: secret === undefined ? (before?.password ?? null) : secret,
    account: orNull(fields.account),
    keyFile: orNull(fields.keyFile),
    transferMode: fields.transferMode,
    connections: fields.maximumConnections,
    charset: fields.charset === 'auto' ? null : orNull(fields.charset),
    timeOffsetMinutes: fields.timeOffsetMinutes === 0 ? null : fields.timeOffsetMinutes,
    localDirectory: orNull(fields.localDirectory),
    remoteDirectory: orNull(fields.remoteDirectory),
    synchronisedBrowsing: fields.synchronisedBrowsing,
    directoryComparison: fields.directoryComparison,
    bypassProxy: fields.bypassProxy,
    comment: orNull(fields.comment),
    colour: fields.colour === 'none' ? null : fields.colour,
    bookmarks: fields.bookmarks.map(({ name, localDirectory, remoteDirectory }) => ({
      name,
      localDirectory,
      remoteDirectory,
    })),
  });
}

function orNull(text: string): string | null {
  return text === '' ? null : text;
}
