import { lftpClient } from '../clients/lftp.ts';
import { opensshClient } from '../clients/openssh.ts';
import { rcloneClient } from '../clients/rclone.ts';
import { wherryClient } from '../clients/wherry.ts';
import type { SftpClient } from '../clients/client.ts';
import { openssh } from '../peers/openssh.ts';
import { rclone } from '../peers/rclone.ts';
import type { SshPeer } from '../peers/ssh-peer.ts';
import { wherrySftp } from '../peers/wherry-sftp.ts';
import type { Measurement, Row, Suite, Target } from '../suite.ts';
import { farMeasurements, nearMeasurements, serverMeasurements } from './sftp-measurements.ts';

const idsOf = (measurements: readonly Measurement[]): readonly string[] => measurements.map(({ id }) => id);
const asServer = new Set(idsOf(serverMeasurements));
const near = idsOf(nearMeasurements);
const far = idsOf(farMeasurements);

/** A client with the server it is measured against. */
function pair(
  name: string,
  title: string,
  parts: {
    readonly client: SftpClient;
    readonly server: SshPeer;
    readonly kind: SshPeer['kind'];
    readonly only: readonly string[];
  },
): SshPeer {
  const { client, server, kind, only } = parts;
  return {
    ...server,
    name,
    title,
    kind,
    client,
    only: new Set(only),
    packages: [...new Set([...client.packages, ...server.packages])],
  };
}

const peers: readonly SshPeer[] = [
  { ...wherrySftp, only: asServer },
  { ...openssh, only: asServer },
  { ...rclone, only: asServer },
  pair('wherry-wherry', 'wherry → wherry', {
    client: wherryClient,
    server: wherrySftp,
    kind: 'subject',
    only: [...near, ...far],
  }),
  pair('wherry-openssh', 'wherry → OpenSSH', {
    client: wherryClient,
    server: openssh,
    kind: 'subject',
    only: [...near, ...far],
  }),
  pair('sftp-openssh', 'sftp → OpenSSH', {
    client: opensshClient,
    server: openssh,
    kind: 'peer',
    only: [...near, ...far],
  }),
  pair('rclone-openssh', 'rclone → OpenSSH', {
    client: rcloneClient,
    server: openssh,
    kind: 'peer',
    only: far,
  }),
  pair('lftp-openssh', 'lftp → OpenSSH', { client: lftpClient, server: openssh, kind: 'peer', only: far }),
];

const atLeast = (ratio: number): Target => ({ kind: 'best-peer', atLeast: ratio });
const ofOpenSsh = (ratio: number): Target => ({ kind: 'peer', peer: openssh.name, atLeast: ratio });

type RowLine = readonly [
  id: string,
  title: string,
  source: string,
  unit: string,
  target?: Target,
  subject?: string,
];

const rates: readonly RowLine[] = [
  ['download-gcm', 'Download with `sftp`, aes128-gcm', 'download-gcm.speed', 'MB/s', atLeast(1)],
  ['upload-gcm', 'Upload with `sftp`, aes128-gcm', 'upload-gcm.speed', 'MB/s', atLeast(1)],
  ['download', "Download with `sftp`, the client's first cipher", 'download.speed', 'MB/s', atLeast(1)],
  ['upload', "Upload with `sftp`, the client's first cipher", 'upload.speed', 'MB/s', atLeast(1)],
  ['list', 'Listing 100,000 entries with `sftp`', 'list.rate', 'entries/s', atLeast(1)],
  ['connect', 'Connect, log in, start SFTP, leave', 'connect.rate', 'connections/s', ofOpenSsh(1)],
  [
    'client-download',
    'Download, wherry at both ends',
    'client-download.speed',
    'MB/s',
    atLeast(1.3),
    'wherry-wherry',
  ],
  [
    'client-upload',
    'Upload, wherry at both ends',
    'client-upload.speed',
    'MB/s',
    atLeast(1.3),
    'wherry-wherry',
  ],
  [
    'client-download-openssh',
    'Download from OpenSSH',
    'client-download.speed',
    'MB/s',
    atLeast(1),
    'wherry-openssh',
  ],
  ['client-upload-openssh', 'Upload to OpenSSH', 'client-upload.speed', 'MB/s', atLeast(1), 'wherry-openssh'],
  ['distance-download', '256 MiB down at 138 ms', 'distance-get.speed', 'MB/s', atLeast(3), 'wherry-wherry'],
  ['distance-upload', '256 MiB up at 138 ms', 'distance-put.speed', 'MB/s', atLeast(3), 'wherry-wherry'],
  [
    'small-download',
    '1,000 files of 4 KiB down at 50 ms',
    'small-get-tree.rate',
    'files/s',
    atLeast(10),
    'wherry-wherry',
  ],
  [
    'small-upload',
    '1,000 files of 4 KiB up at 50 ms',
    'small-put-tree.rate',
    'files/s',
    atLeast(10),
    'wherry-wherry',
  ],
  [
    'small-download-openssh',
    '… from OpenSSH',
    'small-get-tree.rate',
    'files/s',
    atLeast(10),
    'wherry-openssh',
  ],
  ['small-upload-openssh', '… to OpenSSH', 'small-put-tree.rate', 'files/s', atLeast(10), 'wherry-openssh'],
];

const costs: readonly RowLine[] = [
  ['cpu-download', "Server's CPU, download, aes128-gcm", 'download-gcm.cpu', 's/GiB'],
  ['cpu-upload', "Server's CPU, upload, aes128-gcm", 'upload-gcm.cpu', 's/GiB'],
  ['idle', 'Memory of an idle session', 'idle.perSession', 'KiB', { kind: 'absolute', atMost: 60 }],
];

function toRow([id, title, source, unit, target, subject]: RowLine, better: Row['better']): Row {
  const [measurement = '', figure = ''] = source.split('.');
  return {
    id,
    title,
    measurement,
    figure,
    unit,
    better,
    ...(target === undefined ? {} : { target }),
    ...(subject === undefined ? {} : { subject }),
  };
}

const mebibyte = 2 ** 20;

export const sftpSuite: Suite = {
  name: 'sftp',
  title: 'SFTP server and client',
  peers,
  measurements: [...serverMeasurements, ...nearMeasurements, ...farMeasurements],
  rows: [...rates.map((line) => toRow(line, 'higher')), ...costs.map((line) => toRow(line, 'lower'))],
  full: {
    sizes: { bigFileBytes: 1024 * mebibyte, smallFiles: 1000, smallFileBytes: 4096, listEntries: 100_000 },
    seconds: 1,
    idleSessions: { 'event-loop': 1000, process: 100 },
    slowReaders: 0,
  },
  quick: {
    sizes: { bigFileBytes: 64 * mebibyte, smallFiles: 50, smallFileBytes: 4096, listEntries: 5000 },
    seconds: 0.3,
    idleSessions: { 'event-loop': 100, process: 20 },
    slowReaders: 0,
  },
};
