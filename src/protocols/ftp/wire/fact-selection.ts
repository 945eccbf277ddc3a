import { WherryError } from '#core/errors.ts';
import { factNames, type FactName, type FactSelection } from './facts.ts';

const byLowerCase: ReadonlyMap<string, FactName> = new Map(
  factNames.map((name) => [name.toLowerCase(), name]),
);

/**
 * Reads what follows `MLST` in `OPTS MLST [fact;fact;…]` (RFC 3659 section 7.9). Unknown facts are ignored, the
 * last semicolon may be missing, and no facts at all is a selection too.
 *
 * @param available the facts that this server tells
 * @throws WherryError `invalid-argument` when a space lies inside the list
 */
export function parseFactSelection(argument: string | null, available: FactSelection): FactSelection {
  const text = argument ?? '';
  if (/\s/.test(text))
    throw new WherryError('invalid-argument', 'The facts of OPTS MLST stand without spaces');
  const wanted = new Set(text.split(';').map((name) => byLowerCase.get(name.toLowerCase())));
  return new Set(factNames.filter((name) => wanted.has(name) && available.has(name)));
}

/** The text of the reply to OPTS MLST: only the facts that are on now. */
export function formatFactSelection(selection: FactSelection): string {
  const names = factNames.filter((name) => selection.has(name));
  return names.length === 0 ? 'MLST OPTS' : `MLST OPTS ${names.map((name) => `${name};`).join('')}`;
}

/** The line of FEAT: every fact that can be had, those that are on with a star. */
export function formatFactFeature(available: FactSelection, selection: FactSelection): string {
  const names = factNames.filter((name) => available.has(name));
  return `MLST ${names.map((name) => `${name}${selection.has(name) ? '*' : ''};`).join('')}`;
}
