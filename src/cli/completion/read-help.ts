/** A flag as a shell completes it. */
export interface CompletedFlag {
  /** With its dashes. */
  readonly name: string;
  readonly summary: string;
  /** Words that it takes; empty for any other value, null for a flag without one. */
  readonly values: readonly string[] | null;
  /** Whether its value is a file or a directory of this machine. */
  readonly takesFile: boolean;
}

/** What a shell offers behind a command. */
export interface CompletedCommand {
  readonly flags: readonly CompletedFlag[];
  /** Words that may stand first behind the command. */
  readonly actions: readonly { readonly name: string; readonly summary: string }[];
}

const flagPattern = /^ {2,6}(?:-\w, )?(--[a-z0-9][a-z0-9-]*)(?:[= ]([^\s,]+))?(?: {2,}(.*))?$/u;
const actionPattern = /^ {2}([a-z][a-z-]*)(?: [^a-z\s]\S*)* {2,}(\S.*)$/u;

/** Reads the help of a command, which names its flags and actions one to a line: completion cannot fall behind it. */
export function readHelp(help: string): CompletedCommand {
  const flags = new Map<string, CompletedFlag>();
  const actions: { name: string; summary: string }[] = [];
  let inActions = false;
  for (const line of help.split('\n')) {
    if (/^\S/u.test(line)) inActions = /^(?:Actions|Commands):?$/u.test(line);
    const action = inActions ? actionPattern.exec(line) : null;
    if (action?.[1] !== undefined) actions.push({ name: action[1], summary: action[2] ?? '' });
    const flag = flagPattern.exec(line);
    if (flag?.[1] === undefined || flags.has(flag[1])) continue;
    const [, name, value, summary = ''] = flag;
    flags.set(name, {
      name,
      summary,
      values: value === undefined ? null : valuesOf(value),
      takesFile: value !== undefined && /^(?:FILE|DIR|LOCAL|KEY)$/u.test(value),
    });
  }
  return { flags: [...flags.values()], actions };
}

/** `auto|off` are words to choose from; capitals stand for something else. */
function valuesOf(value: string): readonly string[] {
  return value.split('|').filter((word) => /^[a-z0-9-]+$/u.test(word) && value.includes('|'));
}
