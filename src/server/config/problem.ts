import type { SettingPath } from './json-path.ts';

/** One thing that is wrong in the configuration. */
export interface ConfigProblem {
  /** The setting; empty for the file as a whole. */
  readonly path: SettingPath;
  /** What is wrong, what is allowed, and what to do. */
  readonly message: string;
  /** Line of the file, counted from 1, where the problem is known to stand there without its path. */
  readonly line?: number | undefined;
  /** Whether the problem is the name of the setting, and not its value. */
  readonly atName?: boolean | undefined;
}
