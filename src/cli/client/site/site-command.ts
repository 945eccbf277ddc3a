import type { SiteStore } from '#client/index.ts';
import type { FlagRow, GivenFlags } from '../flags/flag-row.ts';
import type { ValueReader } from '../flags/values.ts';
import type { Reporter } from '../output/reporter.ts';

/** What a command about saved sites works with. */
export interface SiteWork {
  readonly sites: SiteStore;
  readonly report: Reporter;
  readonly given: GivenFlags;
  readonly read: ValueReader;
  /** Ends the command with every problem that was found so far. @throws UsageError */
  readonly requireNoProblems: () => void;
}

/** One word behind `wherry site`. */
export interface SiteCommand {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly flags: readonly FlagRow[];
  readonly words: readonly [fewest: number, most: number];
  /** @returns the exit code */
  readonly run: (work: SiteWork, words: readonly string[]) => Promise<number>;
}
