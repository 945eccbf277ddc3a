import { ok, warning, type Outcome } from './finding.ts';

/** Servers without NTP drift by so much in a day; mirrors by time begin to go wrong about there. */
const tolerableMs = 5000;
const quarterHourMs = 900_000;

/** What the time of a file that was written just now says of the server's clock. */
export function clockOutcome(fileMs: number, writtenMs: number): Outcome {
  const differenceMs = fileMs - writtenMs;
  const seconds = Math.round(differenceMs / 1000);
  if (Math.abs(differenceMs) <= tolerableMs) return ok(`the clock of the server agrees with the one here`);
  const quarters = Math.round(differenceMs / quarterHourMs);
  const isZone = quarters !== 0 && Math.abs(differenceMs - quarters * quarterHourMs) <= tolerableMs;
  const seen = `a file written now is said to be ${Math.abs(seconds)} seconds ${seconds > 0 ? 'ahead' : 'behind'}`;
  return warning(
    seen,
    isZone
      ? {
          side: 'server',
          cause: `the server tells its local time (${formatZone(quarters)}) where UTC is meant`,
          remedy: 'at the server: set times to UTC (vsftpd: use_localtime=NO, ProFTPD: TimesGMT on)',
        }
      : {
          side: 'server',
          cause: 'its clock is wrong, or the one of this machine',
          remedy: 'set both clocks by NTP; until then compare by size or checksum when you mirror',
        },
  );
}

function formatZone(quarters: number): string {
  const minutes = Math.abs(quarters) * 15;
  const two = (value: number): string => String(value).padStart(2, '0');
  return `UTC${quarters < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
