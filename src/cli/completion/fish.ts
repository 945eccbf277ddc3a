import type { CompletedCommand } from './read-help.ts';

/** The completion of fish, with what each word means beside it. */
export function fishScript(
  commands: ReadonlyMap<string, CompletedCommand>,
  summaries: ReadonlyMap<string, string>,
): string {
  const lines = [...commands].flatMap(([name, { flags, actions }]) => [
    `complete -c wherry -n __fish_use_subcommand -f -a ${name} -d ${quoted(summaries.get(name) ?? '')}`,
    ...actions.map(
      (row) =>
        `complete -c wherry -n '__fish_seen_subcommand_from ${name}; and test (count (commandline -opc)) -eq 2' -f -a ${row.name} -d ${quoted(row.summary)}`,
    ),
    ...flags.map(({ name: flag, summary, values, takesFile }) => {
      const value =
        values === null
          ? ''
          : takesFile
            ? ' -r -F'
            : ` -x${values.length > 0 ? ` -a ${quoted(values.join(' '))}` : ''}`;
      return `complete -c wherry -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}${value} -d ${quoted(summary)}`;
    }),
  ]);
  return `# Completion of wherry for fish. Put it into ~/.config/fish/completions/wherry.fish.
complete -c wherry -n 'string match -q "@*" -- (commandline -ct)' -f -a "(wherry site list 2>/dev/null | string replace -r '^(\\\\S+).*' '@\\$1')"
${lines.join('\n')}
`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/gu, '\\$&')}'`;
}
