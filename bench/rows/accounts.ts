import { wherryWithAccounts, wherryWithOne } from '../peers/wherry-accounts.ts';
import type { Row, Suite, Target } from '../suite.ts';
import { accountsMeasurements } from './accounts-measurements.ts';

const atLeast = (least: number): Target => ({ kind: 'absolute', atLeast: least });
const atMost = (most: number): Target => ({ kind: 'absolute', atMost: most });
const ofOthers = (ratio: number): Target => ({ kind: 'best-peer', atMost: ratio });

type RowLine = readonly [id: string, title: string, source: string, unit: string, target?: Target];

const rates: readonly RowLine[] = [
  [
    'login-without-hash',
    'Logins of 4,000 accounts in turn, no hash',
    'login-without-hash.rate',
    'logins/s',
    atLeast(2000),
  ],
  ['login', 'Logins over FTP (cached verification)', 'login.rate', 'logins/s', atLeast(2000)],
  [
    'hash-flood',
    'Download beside 100 clients whose passwords are hashed, of its speed alone',
    'hash-flood.share',
    '',
    atLeast(0.9),
  ],
  ['hash-flood-speed', '…', 'hash-flood.speed', 'MB/s'],
  ['small-download', '1 KiB files down, one connection, events told', 'small-download.rate', 'files/s'],
  [
    'small-download-share',
    '…, of the rate of the same server while it tells nothing',
    'small-download.share',
    '',
    atLeast(0.95),
  ],
  ['small-upload', '1 KiB files up, one connection, events told', 'small-upload.rate', 'files/s'],
  [
    'small-upload-share',
    '…, of the rate of the same server while it tells nothing',
    'small-upload.share',
    '',
    atLeast(0.95),
  ],
];

const costs: readonly RowLine[] = [
  ['permission-literal', 'A check at 100 rules, `/archive/a1`', 'permission.literal', 'µs', atMost(2)],
  [
    'permission-wildcards',
    'A check at 100 rules, `/archive-1/*/*.tmp`',
    'permission.wildcards',
    'µs',
    atMost(2),
  ],
  [
    'permission-anywhere',
    'A check at 100 rules, `**/cache-1/**/*.tmp`',
    'permission.anywhere',
    'µs',
    atMost(2),
  ],
  ['permission-endings', 'A check at 100 rules, `/**/*.1/**/*.tmp`', 'permission.endings', 'µs', atMost(2)],
  [
    'hash-answers',
    'The last of 100 logins at once is answered, beside a download',
    'hash-answers.seconds',
    's',
    atMost(30),
  ],
  [
    'small-download-cost',
    'Time of the serving thread for a 1 KiB file down, of that of the same server while it tells nothing',
    'small-download.cost',
    '',
    atMost(1.05),
  ],
  [
    'small-upload-cost',
    'Time of the serving thread for a 1 KiB file up, of that of the same server while it tells nothing',
    'small-upload.cost',
    '',
    atMost(1.05),
  ],
  ['start', 'From the call to listening', 'start.seconds', 's', atMost(1)],
  ['memory', 'Memory when it listens', 'memory.mebibytes', 'MiB', ofOthers(1.05)],
  [
    'login-memory',
    'What logins of all 10,000 accounts leave on the heap, of what those of 1,000 leave',
    'login-memory.growth',
    '',
    atMost(1.05),
  ],
  ['login-memory-heap', '…', 'login-memory.mebibytes', 'MiB'],
];

function toRow([id, title, source, unit, target]: RowLine, better: Row['better']): Row {
  const [measurement = '', figure = ''] = source.split('.');
  return { id, title, measurement, figure, unit, better, ...(target === undefined ? {} : { target }) };
}

const mebibyte = 2 ** 20;
const unused = { idleSessions: { 'event-loop': 0, process: 0 }, slowReaders: 0 };

export const accountsSuite: Suite = {
  name: 'accounts',
  title: 'Accounts, rights and events',
  peers: [wherryWithAccounts, wherryWithOne],
  measurements: accountsMeasurements,
  rows: [...rates.map((line) => toRow(line, 'higher')), ...costs.map((line) => toRow(line, 'lower'))],
  full: {
    sizes: { bigFileBytes: 1024 * mebibyte, smallFiles: 1000, smallFileBytes: 1024, listEntries: 1 },
    seconds: 1,
    ...unused,
  },
  quick: {
    sizes: { bigFileBytes: 128 * mebibyte, smallFiles: 200, smallFileBytes: 1024, listEntries: 1 },
    seconds: 0.3,
    ...unused,
  },
};
