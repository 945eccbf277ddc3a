import { WherryError } from './errors.ts';

/** Servers that know no times or do not let them be set are common: the file is whole all the same. */
const refusals: ReadonlySet<string> = new Set(['not-supported', 'permission', 'invalid-argument']);

/** Whether an error says that attributes are not taken, by this file or by this place, and nothing worse. */
export function isAttributeRefusal(error: unknown): boolean {
  return error instanceof WherryError && refusals.has(error.code);
}
