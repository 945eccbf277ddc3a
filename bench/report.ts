import { cpus, release, totalmem } from 'node:os';
import type { Peer } from './peers/peer.ts';
import type { Failure, Samples } from './runner.ts';
import { median, spread } from './statistics.ts';
import type { Row, Suite, Target } from './suite.ts';

export type Missing = {
  readonly peer: string;
  readonly packages: readonly string[];
  readonly reason: string;
};

type Cell = { readonly median: number; readonly spread: number; readonly values: readonly number[] };

export type RowResult = {
  readonly id: string;
  readonly title: string;
  readonly measurement: string;
  readonly unit: string;
  readonly better: Row['better'];
  readonly figures: Readonly<Record<string, Cell>>;
  readonly bestPeer: string | null;
  /** Figure of each ÷ figure of the best peer, or of the one that the target names. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly subject: string;
  readonly target: string | null;
  readonly met: boolean | null;
};

export type Report = {
  readonly suite: string;
  readonly title: string;
  readonly date: string;
  readonly machine: string;
  readonly runs: number;
  readonly quick: boolean;
  readonly servers: ReadonlyArray<{ readonly name: string; readonly title: string }>;
  readonly missing: readonly Missing[];
  readonly failures: readonly Failure[];
  readonly rows: readonly RowResult[];
};

export type ReportInput = {
  readonly suite: { readonly name: string; readonly title: string };
  readonly rows: readonly Row[];
  readonly peers: readonly Peer[];
  readonly samples: Samples;
  readonly failures: readonly Failure[];
  readonly missing: readonly Missing[];
  readonly runs: number;
  readonly quick: boolean;
};

function targetText(target: Target): string {
  const bound = 'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`;
  if (target.kind === 'absolute') return bound;
  return `${bound} × ${target.kind === 'best-peer' ? 'best' : target.peer}`;
}

function isMet(target: Target, figure: number, ratio: number | undefined): boolean | null {
  const value = target.kind === 'absolute' ? figure : ratio;
  if (value === undefined) return null;
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}

function judgeRow(row: Row, input: ReportInput): RowResult {
  const figures: Record<string, Cell> = {};
  for (const { name } of input.peers) {
    const values = input.samples.get(row.measurement)?.get(name)?.get(row.figure);
    if (values !== undefined) figures[name] = { median: median(values), spread: spread(values), values };
  }
  const peers = input.peers.filter(({ kind, name }) => kind === 'peer' && figures[name] !== undefined);
  const figure = (name: string): number => figures[name]?.median ?? Number.NaN;
  const sign = row.better === 'higher' ? -1 : 1;
  const named = row.target?.kind === 'peer' ? row.target.peer : null;
  const best = named ?? peers.map(({ name }) => name).toSorted((a, b) => sign * (figure(a) - figure(b)))[0];
  const ratios: Record<string, number> = {};
  if (best !== undefined && figure(best) > 0) {
    for (const name of Object.keys(figures)) ratios[name] = figure(name) / figure(best);
  }
  const subject = row.subject ?? 'wherry';
  const judged = row.target !== undefined && figures[subject] !== undefined;
  return {
    id: row.id,
    title: row.title,
    measurement: row.measurement,
    unit: row.unit,
    better: row.better,
    figures,
    bestPeer: best ?? null,
    ratios,
    subject,
    target: row.target === undefined ? null : targetText(row.target),
    met: judged && row.target !== undefined ? isMet(row.target, figure(subject), ratios[subject]) : null,
  };
}

/** Medians, ratios to the best peer of the same run, and which targets are met. */
export function makeReport(input: ReportInput): Report {
  const processor = cpus()[0]?.model ?? 'unknown processor';
  return {
    suite: input.suite.name,
    title: input.suite.title,
    date: new Date().toISOString(),
    machine: `${cpus().length} × ${processor}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}`,
    runs: input.runs,
    quick: input.quick,
    servers: input.peers.map(({ name, title }) => ({ name, title })),
    missing: input.missing,
    failures: input.failures,
    rows: input.rows.map((row) => judgeRow(row, input)).filter((row) => Object.keys(row.figures).length > 0),
  };
}

/** An earlier report with the rows of a later one in their place, in the order of the suite. */
export function mergeReports(earlier: Report | null, later: Report, suite: Suite): Report {
  if (earlier === null) return later;
  const fresh = new Map(later.rows.map((row) => [row.id, row]));
  const measured = new Set(later.rows.map(({ measurement }) => measurement));
  const known = new Set(earlier.rows.map(({ id }) => id));
  // Some titles go on where the row before them began.
  const place = new Map(suite.rows.map(({ id }, index) => [id, index]));
  return {
    ...later,
    rows: [
      ...earlier.rows.map((row) => fresh.get(row.id) ?? row),
      ...later.rows.filter(({ id }) => !known.has(id)),
    ].toSorted((one, other) => (place.get(one.id) ?? 0) - (place.get(other.id) ?? 0)),
    failures: [
      ...earlier.failures.filter(({ measurement }) => !measured.has(measurement)),
      ...later.failures,
    ],
  };
}

function number(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

function verdict(row: RowResult): string {
  if (row.met === null) return '';
  return row.met ? 'yes' : '**no**';
}

function rowCells(row: RowResult, report: Report): string[] {
  const ratio = row.ratios[row.subject];
  const cells = report.servers.map(({ name }) => {
    const cell = row.figures[name];
    if (cell === undefined)
      return report.failures.some(
        (failure) => failure.peer === name && failure.measurement === row.measurement,
      )
        ? '·'
        : '';
    const text =
      cell.values.length > 1
        ? `${number(cell.median)} ±${Math.round(cell.spread * 100)}%`
        : number(cell.median);
    return name === row.bestPeer ? `_${text}_` : text;
  });
  const unit = row.unit === '' ? '' : `, ${row.unit}`;
  return [
    row.title + unit,
    row.target ?? '',
    ratio === undefined ? '' : ratio.toFixed(2),
    verdict(row),
    ...cells,
  ];
}

/** The report as a Markdown page. */
export function toMarkdown(report: Report): string {
  const header = ['', 'target', 'ratio', 'met', ...report.servers.map(({ title }) => title)];
  const table = [
    header,
    header.map((_, index) => (index === 0 ? ':--' : '--:')),
    ...report.rows.map((row) => rowCells(row, report)),
  ];
  const lines = [
    `# ${report.title}: side by side`,
    '',
    `${report.date.slice(0, 10)}, ${report.machine}. Medians of ${report.runs} interleaved runs${report.quick ? ' (quick)' : ''}, all servers and the`,
    'load generator on this machine over loopback. _Italic_: the best peer. Ratio: wherry ÷ best peer. ±: half the range of the runs.',
    '',
    ...table.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    ...report.missing.map(
      ({ peer, packages, reason }) =>
        `- Missing: ${peer}: ${reason}${packages.length > 0 ? ` (Debian: ${packages.join(', ')})` : ''}`,
    ),
    ...report.failures.map(({ peer, measurement, reason }) => `- Failed: ${peer}, ${measurement}: ${reason}`),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
