const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
const whole = new Intl.NumberFormat('en-GB');
/** Sweden's way is that of ISO 8601, which sorts as it reads and is of one width. */
const dateTime = new Intl.DateTimeFormat('sv-SE', {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
});
const dateOnly = new Intl.DateTimeFormat('sv-SE', { year: 'numeric', month: '2-digit', day: '2-digit' });
const exactTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' });
const clock = new Intl.DateTimeFormat('sv-SE', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** Octets with three significant digits, in steps of 1024: `1.23 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** `1,234,567 bytes`. */
export function formatExactBytes(bytes: number): string {
  return `${whole.format(bytes)} ${bytes === 1 ? 'byte' : 'bytes'}`;
}

export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${whole.format(count)} ${count === 1 ? one : many}`;
}

export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** A moment as precisely as the source knew it. */
export function formatTime(at: number, precision: string | undefined = 'second'): string {
  if (precision === 'year') return String(new Date(at).getUTCFullYear());
  return precision === 'day' ? dateOnly.format(at) : dateTime.format(at);
}

export function formatExactTime(at: number): string {
  return exactTime.format(at);
}

export function formatClock(at: number): string {
  return clock.format(at);
}

/** `3:07`, `1:02:45`, `2 days`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const total = Math.max(0, Math.round(seconds));
  if (total >= 172_800) return formatCount(Math.round(total / 86_400), 'day');
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const rest = String(total % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

const letters = ['r', 'w', 'x'] as const;

/** `rwxr-xr-x`, with set-uid, set-gid and sticky as `ls` writes them. */
export function formatMode(mode: number): string {
  const text = Array.from({ length: 9 }, (_, index) =>
    (mode >> (8 - index)) & 1 ? letters[index % 3] : '-',
  );
  const special = [
    [0o4000, 2, 's'],
    [0o2000, 5, 's'],
    [0o1000, 8, 't'],
  ] as const;
  for (const [bit, position, letter] of special) {
    if (mode & bit) text[position] = (text[position] === 'x' ? letter : letter.toUpperCase()) as 'x';
  }
  return text.join('');
}

export function formatOctal(mode: number): string {
  return mode.toString(8).padStart(mode > 0o777 ? 4 : 3, '0');
}
