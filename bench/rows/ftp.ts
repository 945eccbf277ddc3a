import { proftpd } from '../peers/proftpd.ts';
import { pureFtpd } from '../peers/pure-ftpd.ts';
import { pyftpdlib } from '../peers/pyftpdlib.ts';
import { vsftpd } from '../peers/vsftpd.ts';
import { wherry, wherryWithoutAddon } from '../peers/wherry.ts';
import type { Row, Suite, Target } from '../suite.ts';
import { ftpMeasurements } from './ftp-measurements.ts';

const ratio = (atLeast: number): Target => ({ kind: 'best-peer', atLeast });
const cost = (atMost: number): Target => ({ kind: 'best-peer', atMost });

type RowLine = readonly [id: string, title: string, source: string, unit: string, target?: Target];

const rates: readonly RowLine[] = [
  ['download', 'Download, one connection', 'download.speed', 'MB/s', ratio(1)],
  ['upload', 'Upload, one connection', 'upload.speed', 'MB/s', ratio(1)],
  ['tls-download', 'Download, TLS 1.3', 'tls-download.speed', 'MB/s', ratio(2)],
  ['tls-upload', 'Upload, TLS 1.3', 'tls-upload.speed', 'MB/s', ratio(1)],
  ['small-download', '1 KiB files down, one connection', 'small-download.rate', 'files/s', ratio(0.9)],
  ['small-download-50', '1 KiB files down, 50 connections', 'small-download-50.rate', 'files/s', ratio(1)],
  ['small-upload', '1 KiB files up, one connection', 'small-upload.rate', 'files/s', ratio(0.8)],
  ['login', 'login (cached verification)', 'login.rate', 'logins/s', ratio(0.8)],
  ['login-anonymous', 'login (anonymous, no hash)', 'login-anonymous.rate', 'logins/s', ratio(0.8)],
  ['list', 'LIST of 100,000 entries', 'list.speed', 'MB/s', ratio(1)],
  ['list-entries', 'LIST of 100,000 entries', 'list.rate', 'entries/s'],
  ['mlsd', 'MLSD of 100,000 entries', 'mlsd.speed', 'MB/s', ratio(1)],
  ['mlsd-entries', 'MLSD of 100,000 entries', 'mlsd.rate', 'entries/s'],
  ['beside-slow', 'Download beside 1,000 slow readers', 'slow-readers.speed', 'MB/s'],
  [
    'beside-slow-share',
    '… as a share of its speed alone',
    'slow-readers.share',
    '',
    { kind: 'absolute', atLeast: 0.8 },
  ],
  ['slow-share', '… and what the slow ones got of 10 KB/s each', 'slow-readers.slowShare', ''],
];

const costs: readonly RowLine[] = [
  ['cpu-download', 'CPU, download', 'download.cpu', 's/GiB', cost(1.1)],
  ['cpu-upload', 'CPU, upload', 'upload.cpu', 's/GiB', cost(1.1)],
  ['cpu-tls-download', 'CPU, download, TLS', 'tls-download.cpu', 's/GiB', cost(1.1)],
  ['cpu-tls-upload', 'CPU, upload, TLS', 'tls-upload.cpu', 's/GiB', cost(1.1)],
  ['idle', 'Memory of an idle session', 'idle.perSession', 'KiB', { kind: 'absolute', atMost: 20 }],
];

function toRow([id, title, source, unit, target]: RowLine, better: Row['better']): Row {
  const [measurement = '', figure = ''] = source.split('.');
  return { id, title, measurement, figure, unit, better, ...(target === undefined ? {} : { target }) };
}

const withoutAddon: Row = {
  id: 'download-no-addon',
  title: 'Download, wherry without its addon',
  measurement: 'download',
  figure: 'speed',
  unit: 'MB/s',
  better: 'higher',
  subject: wherryWithoutAddon.name,
  target: ratio(0.45),
};

const mebibyte = 2 ** 20;

export const ftpSuite: Suite = {
  name: 'ftp',
  title: 'FTP server',
  peers: [wherry, wherryWithoutAddon, vsftpd, proftpd, pureFtpd, pyftpdlib],
  measurements: ftpMeasurements,
  rows: [
    ...rates.map((line) => toRow(line, 'higher')),
    ...costs.map((line) => toRow(line, 'lower')),
    withoutAddon,
  ],
  full: {
    sizes: { bigFileBytes: 1024 * mebibyte, smallFiles: 1000, smallFileBytes: 1024, listEntries: 100_000 },
    seconds: 1,
    idleSessions: { 'event-loop': 5000, process: 500 },
    slowReaders: 1000,
  },
  quick: {
    sizes: { bigFileBytes: 128 * mebibyte, smallFiles: 200, smallFileBytes: 1024, listEntries: 10_000 },
    seconds: 0.3,
    idleSessions: { 'event-loop': 500, process: 100 },
    slowReaders: 100,
  },
};
