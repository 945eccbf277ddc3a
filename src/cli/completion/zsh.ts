import type { CompletedCommand, CompletedFlag } from './read-help.ts';

/** The completion of zsh, with what each word means beside it. */
export function zshScript(
  commands: ReadonlyMap<string, CompletedCommand>,
  summaries: ReadonlyMap<string, string>,
): string {
  const cases = [...commands].map(([name, { flags, actions }]) => {
    const first =
      actions.length === 0
        ? ''
        : ` '2:action:((${actions.map((row) => `${row.name}\\:"${plain(row.summary)}"`).join(' ')}))'`;
    return `    ${name}) _arguments -s -S '1:command:'${first} ${flags.map(flagSpec).join(' ')} '*:place:_wherry_place' ;;`;
  });
  const rows = [...commands.keys()].map((name) => `    '${name}:${plain(summaries.get(name) ?? '')}'`);
  return `#compdef wherry
# Completion of wherry for zsh. Put it as _wherry into a directory of $fpath, or into ~/.zshrc:
#   source <(wherry completion zsh)
_wherry_place() {
  if [[ $PREFIX == @* ]]; then
    compadd -- \${(f)"$(wherry site list 2>/dev/null | sed 's/^/@/; s/ .*//')"}
  else
    _files
  fi
}
_wherry() {
  local -a commands
  commands=(
${rows.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.map((text) => text.replace(" '1:command:'", '').replace(" '2:action:", " '1:action:")).join('\n')}
  esac
}
if [[ $funcstack[1] == _wherry ]]; then
  _wherry "$@"
else
  compdef _wherry wherry
fi
`;
}

function flagSpec({ name, summary, values, takesFile }: CompletedFlag): string {
  const value =
    values === null
      ? ''
      : takesFile
        ? ':file:_files'
        : `:value:${values.length > 0 ? `(${values.join(' ')})` : ''}`;
  return `'*${name}[${plain(summary)}]${value}'`;
}

/** What quotes, brackets and colons would mean to zsh is left out. */
function plain(text: string): string {
  return text.replace(/['"`$\\[\]:()]/gu, ' ').trim();
}
