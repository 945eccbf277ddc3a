import { createRequire } from 'node:module';
import type * as FastXmlParser from 'fast-xml-parser';
import { WherryError } from '#core/errors.ts';
import type { Scheme } from '../address.ts';
import { checkSite } from './check-site.ts';
import { emptySite, type Bookmark, type Encryption, type LogonType, type Site } from './site.ts';

/** FileZilla's numbers of protocols (ServerProtocol in its server.h). */
const protocols: Readonly<Record<string, { readonly scheme: Scheme; readonly encryption: Encryption }>> = {
  '0': { scheme: 'ftp', encryption: 'auto' },
  '1': { scheme: 'sftp', encryption: 'auto' },
  '3': { scheme: 'ftps', encryption: 'implicit' },
  '4': { scheme: 'ftpes', encryption: 'require' },
  '6': { scheme: 'ftp', encryption: 'off' },
};

/** FileZilla's numbers of logon types (LogonType in its server.h). */
const logons: readonly LogonType[] = ['anonymous', 'normal', 'ask', 'interactive', 'account', 'key'];

/** FileZilla's numbers of colours (site_colour in its site.h). */
const colours: readonly (string | null)[] = [
  null,
  'red',
  'green',
  'blue',
  'yellow',
  'cyan',
  'magenta',
  'orange',
];

/** Loaded when a site is read or written: few commands do, and it is a tenth of what a short one has to load. */
function xmlLibrary(): typeof FastXmlParser {
  return createRequire(import.meta.url)('fast-xml-parser') as typeof FastXmlParser;
}

/** A manager of ten thousand sites is a tenth of this. */
const maximumBytes = 64 * 1024 * 1024;
const maximumDepth = 64;

/** What was read, and what could not be. */
export interface ImportedSites {
  readonly sites: readonly Site[];
  /** In words, one for each site that was left out or came without its password. */
  readonly problems: readonly string[];
}

type Node = Readonly<Record<string, unknown>>;

/**
 * Reads FileZilla's `sitemanager.xml`, or what it exports. Passwords that stand there in base64 are taken over; those
 * under a FileZilla master password cannot be.
 *
 * @throws WherryError `invalid-argument` for what is no such file
 */
export function importFileZilla(xml: string): ImportedSites {
  if (xml.length > maximumBytes)
    throw new WherryError('too-large', 'Cannot import the sites: the file is too large');
  const parser = new (xmlLibrary().XMLParser)({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: true,
    htmlEntities: true,
    isArray: (tag) => tag === 'Server' || tag === 'Folder' || tag === 'Bookmark',
  });
  let servers: unknown;
  try {
    const document = parser.parse(xml) as Node;
    servers = (document['FileZilla3'] as Node | undefined)?.['Servers'];
  } catch (cause) {
    throw new WherryError('invalid-argument', 'Cannot import the sites: the file is no XML', { cause });
  }
  if (typeof servers !== 'object' || servers === null) {
    throw new WherryError('invalid-argument', 'Cannot import the sites: the file is none of FileZilla');
  }
  const sites: Site[] = [];
  const problems: string[] = [];
  readFolder(servers as Node, [], { sites, problems });
  return { sites, problems };
}

function readFolder(
  node: Node,
  folder: readonly string[],
  into: { readonly sites: Site[]; readonly problems: string[] },
): void {
  if (folder.length > maximumDepth) return;
  for (const server of children(node, 'Server')) {
    try {
      into.sites.push(readServer(server, folder, into.problems));
    } catch (error) {
      into.problems.push(`${textOf(server, 'Name') ?? 'a site'}: ${(error as Error).message}`);
    }
  }
  for (const child of children(node, 'Folder')) {
    readFolder(child, [...folder, textOf(child, '#text')?.trim() ?? 'Folder'], into);
  }
}

function readServer(server: Node, folder: readonly string[], problems: string[]): Site {
  const protocol = protocols[textOf(server, 'Protocol') ?? '0'];
  const host = textOf(server, 'Host') ?? '';
  const name = textOf(server, 'Name') ?? textOf(server, '#text') ?? host;
  if (protocol === undefined) throw new WherryError('not-supported', 'its protocol is not known here');
  const mode = textOf(server, 'PasvMode');
  const transferMode = mode === 'MODE_ACTIVE' ? 'active' : mode === 'MODE_PASSIVE' ? 'passive' : 'default';
  return checkSite({
    ...emptySite,
    ...protocol,
    name,
    folder,
    host,
    port: numberOf(server, 'Port'),
    logon: logons[numberOf(server, 'Logontype') ?? 1] ?? 'ask',
    user: textOf(server, 'User'),
    password: passwordOf(server, name, problems),
    account: textOf(server, 'Account'),
    keyFile: textOf(server, 'Keyfile'),
    transferMode,
    connections: numberOf(server, 'MaximumMultipleConnections') || null,
    charset: charsetOf(server),
    timeOffsetMinutes: numberOf(server, 'TimezoneOffset') || null,
    localDirectory: textOf(server, 'LocalDir'),
    remoteDirectory: parseServerPath(textOf(server, 'RemoteDir')),
    synchronisedBrowsing: textOf(server, 'SyncBrowsing') === '1',
    directoryComparison: textOf(server, 'DirectoryComparison') === '1',
    bypassProxy: textOf(server, 'BypassProxy') === '1',
    comment: textOf(server, 'Comments'),
    colour: colours[numberOf(server, 'Colour') ?? 0] ?? null,
    bookmarks: children(server, 'Bookmark').map(readBookmark),
  });
}

function readBookmark(node: Node): Bookmark {
  return {
    name: textOf(node, 'Name') ?? 'Bookmark',
    localDirectory: textOf(node, 'LocalDir'),
    remoteDirectory: parseServerPath(textOf(node, 'RemoteDir')),
  };
}

function charsetOf(server: Node): string | null {
  const type = textOf(server, 'EncodingType');
  if (type === 'UTF-8') return 'utf-8';
  return type === 'Custom' ? textOf(server, 'CustomEncoding') : null;
}

function passwordOf(server: Node, name: string, problems: string[]): string | null {
  const node = server['Pass'];
  if (typeof node === 'string') return node === '' ? null : node;
  if (typeof node !== 'object' || node === null) return null;
  const text = textOf(node as Node, '#text');
  const encoding = textOf(node as Node, '@encoding');
  if (text === null || encoding === null) return text;
  if (encoding === 'base64') return Buffer.from(text, 'base64').toString('utf8');
  problems.push(`${name}: its password is under FileZilla's master password and stays behind`);
  return null;
}

/**
 * FileZilla's safe form of a path: kind, length of a prefix with the prefix if there is one, then length and text of
 * each component (`1 0 4 home 2 me`).
 */
export function parseServerPath(text: string | null): string | null {
  const head = text === null ? null : /^(\d+) (\d+)(?: |$)/.exec(text);
  if (text === null || head === null) return null;
  let rest = text.slice(head[0].length);
  const prefixLength = Number(head[2]);
  let path = prefixLength > 0 ? rest.slice(0, prefixLength) : '';
  if (prefixLength > 0) rest = rest.slice(prefixLength + 1);
  while (rest !== '') {
    const length = /^(\d+) /.exec(rest);
    if (length === null) return null;
    const start = length[0].length;
    const end = start + Number(length[1]);
    if (end > rest.length) return null;
    path += `/${rest.slice(start, end)}`;
    rest = rest.slice(end + 1);
  }
  return path === '' ? '/' : path;
}

/** The reverse of {@link parseServerPath}, as for a Unix server. */
export function formatServerPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  return ['1 0', ...parts.map((part) => `${part.length} ${part}`)].join(' ');
}

/** Writes sites as FileZilla reads them; passwords in base64, as it keeps them without a master password. */
export function exportFileZilla(sites: readonly Site[], options: { readonly passwords: boolean }): string {
  const builder = new (xmlLibrary().XMLBuilder)({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    format: true,
    suppressEmptyNode: true,
  });
  const document = {
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    FileZilla3: { Servers: folderNode(sites, 0, options.passwords) },
  };
  return builder.build(document);
}

function folderNode(sites: readonly Site[], depth: number, passwords: boolean): Node {
  const here = sites.filter(({ folder }) => folder.length === depth);
  const below = Map.groupBy(
    sites.filter(({ folder }) => folder.length > depth),
    ({ folder }) => folder[depth] ?? '',
  );
  return {
    Server: here.map((site) => serverNode(site, passwords)),
    Folder: [...below].map(([name, inside]) => ({
      '#text': name,
      ...folderNode(inside, depth + 1, passwords),
    })),
  };
}

function serverNode(site: Site, passwords: boolean): Node {
  const found = Object.entries(protocols).find(
    ([, { scheme, encryption }]) =>
      scheme === site.scheme && (scheme !== 'ftp' || encryption === site.encryption),
  );
  const ftpNumber = { auto: '0', require: '4', implicit: '3', off: '6' }[site.encryption];
  const logon = logons.indexOf(site.logon);
  return {
    Host: site.host,
    ...(site.port === null ? {} : { Port: site.port }),
    Protocol: found?.[0] ?? (site.scheme === 'ftp' ? ftpNumber : '1'),
    Type: 0,
    ...(site.user === null ? {} : { User: site.user }),
    ...(site.password === null || !passwords
      ? {}
      : { Pass: { '@encoding': 'base64', '#text': Buffer.from(site.password, 'utf8').toString('base64') } }),
    ...(site.account === null ? {} : { Account: site.account }),
    ...(site.keyFile === null ? {} : { Keyfile: site.keyFile }),
    Logontype: logon < 0 ? logons.indexOf('interactive') : logon,
    TimezoneOffset: site.timeOffsetMinutes ?? 0,
    PasvMode: `MODE_${site.transferMode.toUpperCase()}`,
    MaximumMultipleConnections: site.connections ?? 0,
    EncodingType: site.charset === null ? 'Auto' : site.charset === 'utf-8' ? 'UTF-8' : 'Custom',
    ...(site.charset === null || site.charset === 'utf-8' ? {} : { CustomEncoding: site.charset }),
    BypassProxy: site.bypassProxy ? 1 : 0,
    Name: site.name,
    ...(site.comment === null ? {} : { Comments: site.comment }),
    Colour: Math.max(0, colours.indexOf(site.colour)),
    ...directoryNodes(site),
    SyncBrowsing: site.synchronisedBrowsing ? 1 : 0,
    DirectoryComparison: site.directoryComparison ? 1 : 0,
    Bookmark: site.bookmarks.map((bookmark) => ({ Name: bookmark.name, ...directoryNodes(bookmark) })),
  };
}

function directoryNodes({ localDirectory, remoteDirectory }: Omit<Bookmark, 'name'>): Node {
  return {
    ...(localDirectory === null ? {} : { LocalDir: localDirectory }),
    ...(remoteDirectory === null ? {} : { RemoteDir: formatServerPath(remoteDirectory) }),
  };
}

function children(node: Node, tag: string): readonly Node[] {
  const found = node[tag];
  if (!Array.isArray(found)) return [];
  return (found as readonly unknown[]).map((child) =>
    typeof child === 'object' && child !== null ? (child as Node) : { '#text': String(child) },
  );
}

function textOf(node: Node, tag: string): string | null {
  const value = node[tag];
  const text = typeof value === 'object' && value !== null ? (value as Node)['#text'] : value;
  return typeof text === 'string' && text !== '' ? text : null;
}

function numberOf(node: Node, tag: string): number | null {
  const text = textOf(node, tag);
  return text !== null && /^-?\d{1,6}$/.test(text) ? Number(text) : null;
}
