/** Milliseconds of the units that a duration may be given in. */
const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Octets of the units that a size may be given in: decimal as disks are sold, binary as memory is. */
const sizeUnits: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

const quantity = /^(\d{1,15}(?:\.\d{1,6})?) ?([A-Za-z]{1,3})$/u;

/** Reads a time with its unit (`500ms`, `30s`, `5m` or `5min`, `2h`, `1d`) as milliseconds; null for anything else. */
export function parseDuration(text: string): number | null {
  return parseQuantity(text, durationUnits);
}

/** Reads a size with its unit (`200 B`, `64 KiB`, `1.5 GB`, …) as octets; null for anything else. */
export function parseSize(text: string): number | null {
  return parseQuantity(text, sizeUnits);
}

function parseQuantity(text: string, units: Readonly<Record<string, number>>): number | null {
  const [, amount = '', unit = ''] = quantity.exec(text) ?? [];
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (factor === undefined) return null;
  const value = Math.round(Number(amount) * factor);
  return Number.isSafeInteger(value) ? value : null;
}

/** Writes octets with the unit that leaves the fewest digits: `64 KiB`, `1.5 GB`, `200 B`. */
export function formatSize(octets: number): string {
  const fitting = Object.entries(sizeUnits)
    .filter(([, factor]) => octets >= factor && octets % (factor / 2) === 0)
    .sort(([, left], [, right]) => right - left);
  const [unit, factor] = fitting[0] ?? ['B', 1];
  return `${octets / factor} ${unit}`;
}
