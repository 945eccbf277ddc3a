/** Steps from the top of the configuration to a value: names of settings, and places in lists. */
export type SettingPath = readonly (string | number)[];

/** The path as people write it: `tls.certificates[1].key`. */
export function formatPath(path: SettingPath): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`))
    .join('');
}

/** The value at a path; undefined where there is none. */
export function valueAt(value: unknown, path: SettingPath): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Readonly<Record<string | number, unknown>>)[step];
  }
  return current;
}

/** Whether a value is an object with names, as a section of the configuration is. */
export function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lays `over` on `under`: sections are merged, everything else is replaced. */
export function mergeSettings(under: unknown, over: unknown): unknown {
  if (!isSection(under) || !isSection(over)) return over;
  const merged: [string, unknown][] = Object.entries(under).map(([name, value]) => [
    name,
    Object.hasOwn(over, name) ? mergeSettings(value, over[name]) : value,
  ]);
  const added = Object.entries(over).filter(([name]) => !Object.hasOwn(under, name));
  return Object.fromEntries([...merged, ...added]);
}
