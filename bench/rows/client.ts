import { curlProgram } from '../clients/programs/curl.ts';
import { lftpProgram } from '../clients/programs/lftp.ts';
import { basicFtpProgram, ssh2SftpProgram } from '../clients/programs/npm-libraries.ts';
import { opensshProgram } from '../clients/programs/openssh.ts';
import type { ClientProgram } from '../clients/programs/program.ts';
import { rcloneProgram } from '../clients/programs/rclone.ts';
import { serversOf } from '../clients/programs/servers.ts';
import { wherryProgram } from '../clients/programs/wherry.ts';
import { account, anonymous } from '../peers/peer.ts';
import type { Row, Suite, Target } from '../suite.ts';
import { clientMeasurements, type ClientPeer } from './client-measurements.ts';

/** Far away only these are asked of, where the target speaks of one client. */
const besideLftp = new Set(['far-proftpd-download', 'far-wherry-download', 'far-wherry-upload']);

function takesPart(program: ClientProgram, { id, protocol }: (typeof clientMeasurements)[number]): boolean {
  const known = program.name === 'wherry' || program.name === 'lftp';
  if (besideLftp.has(id)) return known;
  if (id.startsWith('unchanged-')) return program.mirrors;
  return protocol === null ? program.versionCommand !== undefined : program.protocols.includes(protocol);
}

function clientPeer(program: ClientProgram): ClientPeer {
  const { name, packages } = program;
  return {
    name,
    title: name,
    kind: name === 'wherry' ? 'subject' : 'peer',
    sessionModel: 'process',
    capabilities: new Set(),
    packages,
    program,
    only: new Set(
      clientMeasurements.filter((measurement) => takesPart(program, measurement)).map(({ id }) => id),
    ),
    prepare: (workspace) => program.prepare(workspace),
    start: (workspace) => {
      const room = serversOf(workspace);
      room.enter();
      return Promise.resolve({ port: 0, pid: 0, account, anonymous, stop: () => room.leave() });
    },
  };
}

const best = (atLeast: number): Target => ({ kind: 'best-peer', atLeast });
const lftp = (atLeast: number): Target => ({ kind: 'peer', peer: 'lftp', atLeast });

type RowLine = readonly [id: string, title: string, figure: string, unit: string, target?: Target];

const rates: readonly RowLine[] = [
  ['download', '1 GiB from vsftpd', 'speed', 'MB/s', best(1)],
  ['upload', '1 GiB to vsftpd', 'speed', 'MB/s', best(1)],
  ['tls-download', '1 GiB from vsftpd, TLS', 'speed', 'MB/s', best(1)],
  ['tls-upload', '1 GiB to vsftpd, TLS', 'speed', 'MB/s', best(1)],
  ['far-ftp-download', '1,000 files of 4 KiB from vsftpd at 50 ms', 'rate', 'files/s', lftp(3)],
  ['far-ftp-upload', '1,000 files of 4 KiB to vsftpd at 50 ms', 'rate', 'files/s', lftp(3)],
  ['far-proftpd-download', '… from ProFTPD at 50 ms', 'rate', 'files/s', lftp(3)],
  ['far-wherry-download', '… from wherry at 50 ms', 'rate', 'files/s', lftp(3)],
  ['far-wherry-upload', '1,000 files of 4 KiB to wherry at 50 ms', 'rate', 'files/s', lftp(3)],
  ['far-sftp-download', '1,000 files of 4 KiB from OpenSSH at 50 ms', 'rate', 'files/s', best(10)],
  ['far-sftp-upload', '1,000 files of 4 KiB to OpenSSH at 50 ms', 'rate', 'files/s', best(10)],
  ['many-ftp-download', '10,000 files of 4 KiB from vsftpd', 'rate', 'files/s', best(1.5)],
  ['many-ftp-upload', '10,000 files of 4 KiB to vsftpd', 'rate', 'files/s', best(1.5)],
  ['many-sftp-download', '10,000 files of 4 KiB from OpenSSH', 'rate', 'files/s', best(1.5)],
  ['many-sftp-upload', '10,000 files of 4 KiB to OpenSSH', 'rate', 'files/s', best(1.5)],
  ['unchanged-vsftpd', 'Mirror of 100,000 unchanged files from vsftpd', 'rate', 'files/s', lftp(2)],
  ['unchanged-wherry', '… from wherry', 'rate', 'files/s', lftp(2)],
];

/** Memory is bounded when it does not grow with what is mirrored by more than the names of one directory. */
const memoryMebibytes = 256;

const costs: readonly Row[] = [
  {
    id: 'unchanged-memory',
    title: 'Most memory in that mirror',
    measurement: 'unchanged-vsftpd',
    figure: 'memory',
    unit: 'MiB',
    better: 'lower',
    target: { kind: 'absolute', atMost: memoryMebibytes },
  },
  {
    id: 'version',
    title: 'CPU of saying the version',
    measurement: 'version',
    figure: 'cpuMs',
    unit: 'ms',
    better: 'lower',
    target: { kind: 'absolute', atMost: 120 },
  },
];

function toRow([id, title, figure, unit, target]: RowLine): Row {
  const row = { id, title, measurement: id, figure, unit, better: 'higher' as const };
  return target === undefined ? row : { ...row, target };
}

const programs = [
  wherryProgram,
  lftpProgram,
  curlProgram,
  rcloneProgram,
  opensshProgram,
  basicFtpProgram,
  ssh2SftpProgram,
];

const mebibyte = 2 ** 20;
const unused = { idleSessions: { 'event-loop': 0, process: 0 }, slowReaders: 0 };

export const clientSuite: Suite = {
  name: 'client',
  title: 'Clients',
  peers: programs.map(clientPeer),
  measurements: clientMeasurements,
  rows: [...rates.map(toRow), ...costs],
  full: {
    sizes: { bigFileBytes: 1024 * mebibyte, smallFiles: 10_000, smallFileBytes: 4096, listEntries: 100_000 },
    seconds: 1,
    ...unused,
  },
  quick: {
    sizes: { bigFileBytes: 16 * mebibyte, smallFiles: 200, smallFileBytes: 4096, listEntries: 2000 },
    seconds: 0.1,
    ...unused,
  },
};
