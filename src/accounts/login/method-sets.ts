import type { Credential } from '#core/authentication.ts';
import type { LoginMethod } from '../settings/settings.ts';

/** What of an account decides which proofs it needs. */
export interface MethodDemands {
  /** Alternatives that the settings name; null for the default. */
  readonly loginMethods: readonly (readonly LoginMethod[])[] | null;
  readonly hasOneTimeCodes: boolean;
  readonly hasAccountInformation: boolean;
}

const byDefault: readonly (readonly LoginMethod[])[] = [
  ['password'],
  ['public-key'],
  ['certificate'],
  // It is something that one has and, with the user verified, something that one knows or is.
  ['passkey'],
];

/**
 * The sets of proofs each of which is enough. An account that makes one-time codes needs one with every password,
 * whatever its groups say: who turned them on means to be protected by them. FTP alone can ask for accounting
 * information (RFC 959 section 4.1.1), and does so after a password.
 */
export function methodSets(
  { loginMethods, hasOneTimeCodes, hasAccountInformation }: MethodDemands,
  protocol: string,
): readonly (readonly LoginMethod[])[] {
  const asksInformation = hasAccountInformation && (protocol === 'ftp' || protocol === 'ftps');
  return (loginMethods ?? byDefault).map((set) => {
    if (!set.includes('password')) return set;
    const more: readonly LoginMethod[] = [
      ...(hasOneTimeCodes ? (['one-time-code'] as const) : []),
      ...(asksInformation ? (['account'] as const) : []),
    ];
    return [...set, ...more.filter((method) => !set.includes(method))];
  });
}

/** What the proofs given so far come to. */
export type Progress =
  | { readonly state: 'enough' }
  | { readonly state: 'more'; readonly wanted: readonly LoginMethod[] }
  /** The last proof is none that this account takes. */
  | { readonly state: 'useless' };

/** Whether the proofs given are enough for one of the sets, or which more would be. */
export function progressOf(
  sets: readonly (readonly LoginMethod[])[],
  given: ReadonlySet<LoginMethod>,
  last: readonly LoginMethod[],
): Progress {
  if (sets.some((set) => set.every((method) => given.has(method)))) return { state: 'enough' };
  const possible = sets.filter((set) => last.some((method) => set.includes(method)));
  if (possible.length === 0) return { state: 'useless' };
  const wanted = possible.flatMap((set) => set.filter((method) => !given.has(method)));
  return { state: 'more', wanted: [...new Set(wanted)] };
}

/**
 * The proofs that were accepted before in a login. A protocol that can only ask for passwords gives a one-time code
 * as a second one.
 */
export function methodsGiven(previous: readonly Credential[]): ReadonlySet<LoginMethod> {
  const given = new Set<LoginMethod>();
  for (const { kind } of previous) {
    if (kind === 'anonymous') continue;
    given.add(kind === 'password' && given.has('password') ? 'one-time-code' : kind);
  }
  return given;
}
