import type { SiteFields, SiteRecord, SiteStore } from '#protocols/http/contract/page/sites.ts';

const plain: SiteFields = {
  name: '',
  folderId: null,
  protocol: 'ftp',
  host: '',
  port: null,
  encryption: 'explicit-if-available',
  logon: 'normal',
  user: 'anna',
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

function site(id: string, fields: Partial<SiteFields>): SiteRecord {
  return { ...plain, ...fields, id, hasPassword: true, hasKeyPassphrase: false, lastUsedAt: null };
}

/** A small store of sites in two folders. */
export function sampleSites(): SiteStore {
  return {
    protection: 'none',
    folders: [
      { id: 'f1', name: 'Bakery', parentId: null },
      { id: 'f2', name: 'Archive', parentId: null },
    ],
    sites: [
      site('s1', {
        name: 'Bakery web site',
        folderId: 'f1',
        host: 'files.bakery.example',
        encryption: 'explicit',
        localDirectory: '/home/anna/website',
        remoteDirectory: '/www',
        colour: 'green',
        comment: 'Publish from website/ only.',
      }),
      site('s2', {
        name: 'Bakery backup',
        folderId: 'f1',
        protocol: 'sftp',
        host: 'backup.bakery.example',
        logon: 'key',
        keyFile: '/home/anna/.ssh/id_ed25519',
        colour: 'blue',
      }),
      site('s3', {
        name: 'Old archive',
        folderId: 'f2',
        host: 'plain.example',
        encryption: 'none',
        colour: 'orange',
      }),
    ],
    bookmarks: [],
  };
}
