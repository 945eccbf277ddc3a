import { curlTftpClient, wherryTftpClient, type TftpClientProgram } from '../clients/tftp.ts';
import type { Peer } from '../peers/peer.ts';
import { atftpd, tftpdHpa } from '../peers/tftpd.ts';
import { wherryTftp } from '../peers/wherry-tftp.ts';
import type { Row, Suite, Target } from '../suite.ts';
import { tftpClientMeasurements, tftpServerMeasurements, type TftpClientPeer } from './tftp-measurements.ts';

const idsOf = (rows: readonly { readonly id: string }[]): ReadonlySet<string> =>
  new Set(rows.map(({ id }) => id));

const asServer = idsOf(tftpServerMeasurements);
const asClient = idsOf(tftpClientMeasurements);
const windowed = new Set(['window-32', 'boot-window-16']);

/** The server of Debian's tftpd-hpa knows no windows, and would refuse none but the rows that ask for them. */
const withoutWindows = new Set([...asServer].filter((id) => !windowed.has(id)));

function clientPeer(program: TftpClientProgram, kind: Peer['kind']): TftpClientPeer {
  return {
    ...tftpdHpa,
    name: `${program.name}-client`,
    title: `${program.name} → tftpd-hpa`,
    kind,
    client: program,
    only: asClient,
    packages: [...program.packages, ...tftpdHpa.packages],
    async prepare(workspace) {
      await program.prepare();
      await tftpdHpa.prepare(workspace);
    },
  };
}

const wherryClient = clientPeer(wherryTftpClient, 'subject');

const atLeast = (ratio: number): Target => ({ kind: 'best-peer', atLeast: ratio });
const atMost = (ratio: number): Target => ({ kind: 'best-peer', atMost: ratio });

type RowLine = readonly [id: string, title: string, figure: string, unit: string, target: Target];

const rates: readonly RowLine[] = [
  ['blocks-512', 'Download in blocks of 512', 'speed', 'MB/s', atLeast(1)],
  ['blocks-1428', 'Download in blocks of 1428', 'speed', 'MB/s', atLeast(1)],
  ['window-32', '… in windows of 32', 'speed', 'MB/s', atLeast(1.2)],
];

const bootingClients = 200;

const times: readonly RowLine[] = [
  ['boot', `${bootingClients} clients boot at once, 32 MiB each`, 'seconds', 's', atMost(0.7)],
  ['boot-window-16', '… in windows of 16', 'seconds', 's', atMost(0.7)],
];

function toRow([id, title, figure, unit, target]: RowLine, better: Row['better']): Row {
  return { id, title, measurement: id, figure, unit, better, target };
}

const mebibyte = 2 ** 20;
const unused = { idleSessions: { 'event-loop': 0, process: 0 }, slowReaders: 0 };

export const tftpSuite: Suite = {
  name: 'tftp',
  title: 'TFTP server and client',
  peers: [
    { ...wherryTftp, only: asServer },
    { ...tftpdHpa, only: withoutWindows },
    { ...atftpd, only: asServer },
    wherryClient,
    clientPeer(curlTftpClient, 'peer'),
  ],
  measurements: [...tftpServerMeasurements, ...tftpClientMeasurements],
  rows: [
    ...rates.map((line) => toRow(line, 'higher')),
    ...times.map((line) => toRow(line, 'lower')),
    {
      ...toRow(['client', "A client's 256 MiB in blocks of 1428", 'speed', 'MB/s', atLeast(1)], 'higher'),
      subject: wherryClient.name,
    },
  ],
  full: {
    sizes: { bigFileBytes: 32 * mebibyte, smallFiles: 0, smallFileBytes: 0, listEntries: 0 },
    seconds: 1,
    ...unused,
    clientsAtOnce: bootingClients,
  },
  quick: {
    sizes: { bigFileBytes: mebibyte, smallFiles: 0, smallFileBytes: 0, listEntries: 0 },
    seconds: 0.1,
    ...unused,
    clientsAtOnce: 20,
  },
};
