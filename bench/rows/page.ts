import { wherryPage } from '../peers/wherry-page.ts';
import type { Suite } from '../suite.ts';
import { pageMeasurements } from './page-measurements.ts';

const mebibyte = 2 ** 20;
const unused = { seconds: 1, idleSessions: { 'event-loop': 0, process: 0 }, slowReaders: 0 };
const sizes = { smallFiles: 1, smallFileBytes: 1, listEntries: 1 };
const row = { measurement: 'upload', unit: 'MB/s', better: 'higher' } as const;

/** The page's own ways of moving files. What curl reaches to the same address is what HTTP and the disk allow. */
export const pageSuite: Suite = {
  name: 'page',
  title: 'The page: uploads',
  peers: [wherryPage],
  measurements: pageMeasurements,
  rows: [
    { ...row, id: 'upload', title: 'A file up, in pieces of 32 MiB as the page sends it', figure: 'page' },
    {
      ...row,
      id: 'upload-curl',
      title: 'The same by curl to the same address, in one request',
      figure: 'curl',
    },
    {
      ...row,
      id: 'upload-ratio',
      title: 'The first, of the second',
      figure: 'ratio',
      unit: '',
      target: { kind: 'absolute', atLeast: 0.5 },
    },
    { ...row, id: 'upload-ftp', title: 'The same file by curl over FTP', figure: 'ftp' },
  ],
  full: { ...unused, sizes: { ...sizes, bigFileBytes: 1024 * mebibyte } },
  quick: { ...unused, sizes: { ...sizes, bigFileBytes: 64 * mebibyte } },
};
