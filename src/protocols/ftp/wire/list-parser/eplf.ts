import { listedEntry, type Dialect, type Reading } from './reading.ts';
import { readCount } from './tokens.ts';

/** Seconds since 1970 up to the year 9999. */
const latestSecond = 253_402_300_799;

/**
 * EPLF, Bernstein's easily parsed list format of anonftpd and publicfile: `+i8388621.48594,m825718503,r,s280,` then
 * a tab and the name. Facts: `/` a directory, `r` a file that RETR takes, `s` octets, `m` seconds since 1970 in UTC,
 * `up` permissions in octal, `i` an identity. Unknown facts are skipped, as the format asks.
 */
export const eplf: Dialect = {
  name: 'eplf',
  systemType: null,
  exactSizes: true,
  createReader: () => readEplf,
};

function readEplf(line: string): Reading {
  const end = line.indexOf('\t');
  if (line[0] !== '+' || end < 0) return null;
  const facts = line.slice(1, end).split(',', 64);
  const find = (key: string): string | undefined =>
    facts.find((fact) => fact.startsWith(key) && fact.length > key.length)?.slice(key.length);
  const second = readCount(find('m'));
  const mode = /^[0-7]{1,5}$/.exec(find('up') ?? '');
  return listedEntry(line.slice(end + 1), facts.includes('/') ? 'directory' : 'file', {
    size: readCount(find('s')),
    modified: second === null || second > latestSecond ? null : { at: second * 1000, precision: 'second' },
    mode: mode === null ? null : Number.parseInt(mode[0], 8) & 0o7777,
  });
}
