import type {
  SiteColour,
  SiteEncryption,
  SiteFields,
  SiteFolder,
  SiteLogon,
  SiteProtocol,
  SiteRecord,
} from '#protocols/http/contract/page/sites.ts';

export const protocols: Readonly<Record<Exclude<SiteProtocol, 'dav'>, string>> = {
  ftp: 'FTP – File Transfer Protocol',
  sftp: 'SFTP – over SSH',
  scp: 'SCP – over SSH',
  'ftp+ssh': 'FTP through an SSH tunnel',
  tftp: 'TFTP – without listing',
};

export const encryptions: Readonly<Record<SiteEncryption, string>> = {
  'explicit-if-available': 'Explicit FTP over TLS if available',
  explicit: 'Require explicit FTP over TLS',
  implicit: 'Require implicit FTP over TLS',
  none: 'Only plain FTP (insecure)',
};

export const logons: Readonly<Record<SiteLogon, string>> = {
  anonymous: 'Anonymous',
  normal: 'Normal',
  ask: 'Ask for the password',
  interactive: 'Interactive',
  account: 'Account',
  key: 'Key file',
  agent: 'SSH agent',
};

const secureShell: ReadonlySet<SiteProtocol> = new Set(['sftp', 'scp', 'ftp+ssh']);

/** The logon types that a protocol knows. */
export function logonsFor(protocol: SiteProtocol): Readonly<Partial<Record<SiteLogon, string>>> {
  const fits = (logon: SiteLogon): boolean => {
    if (protocol === 'tftp') return logon === 'anonymous';
    if (logon === 'key' || logon === 'agent') return secureShell.has(protocol);
    if (logon === 'account') return protocol === 'ftp' || protocol === 'ftp+ssh';
    return true;
  };
  return Object.fromEntries(Object.entries(logons).filter(([logon]) => fits(logon as SiteLogon)));
}

export const colours: Readonly<Record<SiteColour, string>> = {
  none: 'None',
  red: 'Red',
  orange: 'Orange',
  yellow: 'Yellow',
  green: 'Green',
  cyan: 'Cyan',
  blue: 'Blue',
  purple: 'Purple',
};

/** Every folder with those above it, by its id; the top has none. */
export function folderChoices(folders: readonly SiteFolder[]): Readonly<Record<string, string>> {
  const byId = new Map(folders.map((folder) => [folder.id, folder]));
  const pathOf = ({ name, parentId }: SiteFolder): string => {
    const parent = parentId === null ? undefined : byId.get(parentId);
    return parent === undefined ? name : `${pathOf(parent)} / ${name}`;
  };
  const choices = folders.map((folder) => [folder.id, pathOf(folder)] as const);
  return { '': 'None', ...Object.fromEntries(choices) };
}

/** A site of which nothing is known yet. */
export const emptySite: SiteFields = {
  name: 'New site',
  folderId: null,
  protocol: 'sftp',
  host: '',
  port: null,
  encryption: 'explicit-if-available',
  logon: 'normal',
  user: '',
  account: '',
  keyFile: '',
  transferMode: 'default',
  maximumConnections: null,
  charset: 'auto',
  timeOffsetMinutes: 0,
  serverType: 'auto',
  bypassProxy: false,
  localDirectory: '',
  remoteDirectory: '',
  synchronisedBrowsing: false,
  directoryComparison: false,
  comment: '',
  colour: 'none',
  bookmarks: [],
};

/** What may be sent back of a record: its fields without what only the backend knows. */
export function fieldsOf(record: SiteRecord): SiteFields {
  const {
    id: _id,
    hasPassword: _password,
    hasKeyPassphrase: _passphrase,
    lastUsedAt: _used,
    ...fields
  } = record;
  return fields;
}
