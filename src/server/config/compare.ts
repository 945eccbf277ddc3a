import { isDeepStrictEqual } from 'node:util';
import { valueAt } from './json-path.ts';
import { settingsOf } from './schema-walk.ts';

/** What a new configuration changes. */
export interface ConfigDifference {
  /** Settings that take hold at once. */
  readonly applied: readonly string[];
  /** Settings that wait for the next start. */
  readonly waiting: readonly string[];
}

/** Compares two written configurations, setting by setting. */
export function compareConfigs(before: unknown, after: unknown): ConfigDifference {
  const changed = [...settingsOf()].filter(
    ({ path }) => !isDeepStrictEqual(valueAt(before, path), valueAt(after, path)),
  );
  const names = (restart: boolean): readonly string[] =>
    changed.filter(({ schema }) => (schema.restart === true) === restart).map(({ path }) => path.join('.'));
  return { applied: names(false), waiting: names(true) };
}
