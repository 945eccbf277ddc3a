import { wherryPage } from '../peers/wherry-page.ts';
import type { Row, Suite } from '../suite.ts';
import { pageMeasurements } from './page-measurements.ts';
import { responsivenessMeasurements } from './page-responsiveness.ts';

const mebibyte = 2 ** 20;
const unused = { seconds: 1, idleSessions: { 'event-loop': 0, process: 0 }, slowReaders: 0 };
const row = { measurement: 'upload', unit: 'MB/s', better: 'higher' } as const;

interface TaskTitle {
  readonly measurement: string;
  readonly figure: string;
  readonly title: string;
  /** Milliseconds on a processor that the longest task may take. */
  readonly atMost?: number;
}

/**
 * The longest task of the page's main thread while it does something: what it took of a processor, which is judged, and
 * by the clock, which tells as much of what else ran on the two processors. Beyond a tenth of a second people feel it.
 */
function taskRows({ measurement, figure, title, atMost = 100 }: TaskTitle): readonly Row[] {
  const common = { measurement, unit: 'ms', better: 'lower' } as const;
  return [
    {
      ...common,
      id: `${measurement}-${figure}`,
      title,
      figure: `${figure}-cpu`,
      target: { kind: 'absolute', atMost },
    },
    { ...common, id: `${measurement}-${figure}-clock`, title: '… by the clock', figure },
  ];
}

const [directory, queue] = ['large-directory', 'large-queue'];
const tasks: readonly TaskTitle[] = [
  { measurement: directory, figure: 'open', title: '100,000 entries: longest task until all are there' },
  {
    measurement: directory,
    figure: 'filter-first',
    title: '100,000 entries: first letter of the filter',
    atMost: 50,
  },
  {
    measurement: directory,
    figure: 'filter-later',
    title: '100,000 entries: slowest of what is typed next',
    atMost: 50,
  },
  { measurement: directory, figure: 'sort', title: '100,000 entries: longest task of sorting' },
  { measurement: directory, figure: 'scroll', title: '100,000 entries: longest task of scrolling' },
  { measurement: directory, figure: 'select', title: '100,000 entries: longest task of selecting all' },
  { measurement: queue, figure: 'fill', title: '10,000 files: longest task of queueing them' },
  { measurement: queue, figure: 'run', title: '10,000 files: longest task while the queue runs' },
  { measurement: queue, figure: 'scroll', title: '10,000 files: longest task of scrolling meanwhile' },
  { measurement: queue, figure: 'reload', title: '10,000 files: longest task of loading the page anew' },
];

const responsiveness: readonly Row[] = [
  {
    id: 'first-view',
    title: 'From the address to a page that can be used: all its threads, on the processors',
    measurement: 'first-view',
    figure: 'cpu',
    unit: 'ms',
    better: 'lower',
    target: { kind: 'absolute', atMost: 1000 },
  },
  {
    id: `${directory}-first-rows`,
    title: '100,000 entries: from a double click to the first rows',
    measurement: directory,
    figure: 'first-rows',
    unit: 'ms',
    better: 'lower',
    target: { kind: 'absolute', atMost: 1000 },
  },
  ...tasks.flatMap(taskRows),
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
