import { printableName } from '#core/name-encoding.ts';

/** Who says a setting or a rule. */
export type Origin =
  | { readonly from: 'account' }
  | { readonly from: 'group'; readonly group: string }
  /** A directory that is mounted into the tree. */
  | { readonly from: 'mount'; readonly path: string }
  /** What the server's own options demand of everybody. */
  | { readonly from: 'server' }
  | { readonly from: 'default' };

/** Words for an origin, as in "rule 2 of the group staff". */
export function describeOrigin(origin: Origin): string {
  if (origin.from === 'group') return `the group ${printableName(origin.group)}`;
  if (origin.from === 'mount') return `the mount ${printableName(origin.path)}`;
  return words[origin.from];
}

const words = {
  account: 'the account',
  server: 'the server',
  default: 'the default',
} as const;
