import { parseArgs } from 'node:util';
import { nearestWord } from '#core/nearest-word.ts';
import { UsageError } from './exit-codes.ts';

/** A flag of a command. */
export interface FlagSpec {
  readonly type: 'string' | 'boolean';
  /** May be given several times. */
  readonly multiple?: boolean;
  /** One letter. */
  readonly short?: string;
}

type FlagValue<Spec extends FlagSpec> = Spec extends { readonly type: 'boolean' }
  ? boolean
  : Spec extends { readonly multiple: true }
    ? readonly string[]
    : string;

/** The flags that were given, by their names. */
export type FlagValues<Specs extends Readonly<Record<string, FlagSpec>>> = {
  readonly [Name in keyof Specs]?: FlagValue<Specs[Name]>;
};

/** The words of a command line, and everything that is wrong with them. */
export interface ReadWords<Specs extends Readonly<Record<string, FlagSpec>>> {
  readonly values: FlagValues<Specs>;
  readonly positionals: readonly string[];
  readonly problems: readonly string[];
}

/** Tells flags, their values and other words apart; what makes no sense is gathered and not thrown. */
export function readWords<const Specs extends Readonly<Record<string, FlagSpec>>>(
  words: readonly string[],
  specs: Specs,
): ReadWords<Specs> {
  const options = { ...specs } as Record<string, FlagSpec>;
  const { values, positionals, tokens } = parseArgs({
    args: [...words],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const problems: string[] = [];
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const spec = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    const problem = spec === undefined ? unknownFlag(token.rawName, options) : wrongValue(token, spec);
    if (problem !== null) problems.push(problem);
  }
  const known = Object.entries(values).filter(([name, value]) => {
    const spec = Object.hasOwn(options, name) ? options[name] : undefined;
    return spec !== undefined && (spec.type === 'boolean') === (typeof value === 'boolean');
  });
  return { values: Object.fromEntries(known) as FlagValues<Specs>, positionals, problems };
}

/**
 * {@link readWords} for commands that need nothing more.
 *
 * @param command as it is called, for the hint
 * @throws UsageError with every problem
 */
export function readCommandWords<const Specs extends Readonly<Record<string, FlagSpec>>>(
  command: string,
  words: readonly string[],
  specs: Specs,
): Pick<ReadWords<Specs>, 'values' | 'positionals'> {
  const { problems, ...read } = readWords(words, specs);
  if (problems.length > 0)
    throw new UsageError([...problems, `"${command} --help" tells more`].join('\nwherry: '));
  return read;
}

function unknownFlag(given: string, specs: Readonly<Record<string, FlagSpec>>): string {
  const near = nearestWord(
    given,
    Object.keys(specs).map((name) => `--${name}`),
  );
  return `there is no option ${given}${near === null ? '' : `; did you mean ${near}?`}`;
}

function wrongValue(
  token: {
    readonly rawName: string;
    readonly value?: string | undefined;
    readonly inlineValue?: boolean | undefined;
  },
  { type }: FlagSpec,
): string | null {
  const { rawName, value, inlineValue } = token;
  if (type === 'boolean') return value === undefined ? null : `${rawName} takes no value`;
  if (value === undefined) return `${rawName} needs a value`;
  return inlineValue !== true && /^--./u.test(value)
    ? `${rawName} needs a value; write ${rawName}=${value} for one that begins with dashes`
    : null;
}
