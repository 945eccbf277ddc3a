import { wherryPage } from '../peers/wherry-page.ts';
import type { Row, Suite } from '../suite.ts';
import { pageMeasurements } from './page-measurements.ts';
import { responsivenessMeasurements } from './page-responsiveness.ts';

const mebibyte = 2 ** 20;
const unused = { seconds: 1, idleSessions: { 'event-loop': 0, process: 0 }, slowReaders: 0 };
const row = { measurement: 'upload', unit: 'MB/s', better: 'higher' } as const;

/** The longest task of the page's main thread while it does something; beyond a tenth of a second people feel it. */
function taskRow(measurement: string, figure: string, title: string): Row {
  return {
    id: `${measurement}-${figure}`,
    title,
    measurement,
    figure,
    unit: 'ms',
    better: 'lower',
    target: { kind: 'absolute', atMost: 100 },
  };
}

function filterRow(figure: string, title: string): Row {
  return { ...taskRow('large-directory', figure, title), target: { kind: 'absolute', atMost: 50 } };
}

const responsiveness: readonly Row[] = [
  {
    ...taskRow(
      'large-directory',
      'first-rows',
      'A directory of 100,000 entries: a double click to its first rows',
    ),
    target: { kind: 'absolute', atMost: 1000 },
  },
  taskRow('large-directory', 'open', '… longest task until all of it is there'),
  filterRow('filter-first', '… filter, the first letter to its rows'),
  filterRow('filter-later', '… filter, the slowest of what is typed next'),
  taskRow('large-directory', 'sort', '… longest task of sorting it'),
  taskRow('large-directory', 'scroll', '… longest task of scrolling through it'),
  taskRow('large-directory', 'select', '… longest task of selecting all of it'),
  taskRow('large-queue', 'fill', '10,000 files: longest task of putting them into the queue'),
  taskRow('large-queue', 'run', '… while the queue runs'),
  taskRow('large-queue', 'scroll', '… while it is scrolled through and runs'),
  taskRow('large-queue', 'reload', '… when the page with it is loaded anew'),
];

/** The page's own ways of moving files. What curl reaches to the same address is what HTTP and the disk allow. */
export const pageSuite: Suite = {
  name: 'page',
  title: 'The page',
  peers: [wherryPage],
  measurements: [...pageMeasurements, ...responsivenessMeasurements],
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
    ...responsiveness,
  ],
  full: {
    ...unused,
    sizes: { bigFileBytes: 1024 * mebibyte, smallFiles: 10_000, smallFileBytes: 1024, listEntries: 100_000 },
  },
  quick: {
    ...unused,
    sizes: { bigFileBytes: 64 * mebibyte, smallFiles: 1000, smallFileBytes: 1024, listEntries: 10_000 },
  },
};
