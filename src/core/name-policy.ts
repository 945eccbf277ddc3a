import type { VirtualPath } from './virtual-path.ts';

/** What a name rule makes of an entry: as any other, seen but not to be made, opened or changed, or not there at all. */
export type NameTreatment = 'allow' | 'deny' | 'hide';

/** What holds for an entry because of its name, and the rule that says so, in words for an administrator. */
export interface NameDecision {
  readonly treatment: NameTreatment;
  readonly rule: string;
}

/** Says which names may be used. An implementation decides from what it holds in memory; it never waits. */
export interface NamePolicy {
  /** What holds for an entry. What lies anywhere below a hidden directory is hidden. */
  decide(path: VirtualPath): NameDecision;
  /** The same for the entries of a directory that is not hidden itself, for a listing of many. */
  within(directory: VirtualPath): (name: string) => NameTreatment;
}
