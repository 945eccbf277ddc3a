import type { CompletedCommand } from './read-help.ts';

/** The completion of bash, for every command by its name. */
export function bashScript(commands: ReadonlyMap<string, CompletedCommand>): string {
  const cases = [...commands].map(([name, { flags, actions }]) => {
    const choices = flags
      .filter(({ values }) => values !== null && values.length > 0)
      .map(({ name: flag, values }) => `      ${name}:${flag}) words='${(values ?? []).join(' ')}' ;;`);
    const files = flags.filter(({ takesFile }) => takesFile).map(({ name: flag }) => `${name}:${flag}`);
    const others = flags
      .filter(({ values, takesFile }) => values?.length === 0 && !takesFile)
      .map(({ name: flag }) => `${name}:${flag}`);
    return {
      choices,
      files,
      others,
      words: `    ${name}) flags='${flags.map((flag) => flag.name).join(' ')}' actions='${actions.map((action) => action.name).join(' ')}' ;;`,
    };
  });
  const files = cases.flatMap((row) => row.files);
  const others = cases.flatMap((row) => row.others);
  return `# Completion of wherry for bash. Put it into ~/.local/share/bash-completion/completions/wherry, or into ~/.bashrc:
#   source <(wherry completion bash)
_wherry() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  local words='' flags='' actions=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${[...commands.keys()].join(' ')} --help --version' -- "$current"))
    return
  fi
  case "$command:$previous" in
${cases.flatMap((row) => row.choices).join('\n')}
      ${files.join('|')}) compopt -o filenames; COMPREPLY=($(compgen -f -- "$current")); return ;;
      ${others.join('|')}) return ;;
  esac
  if [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi
  case "$command" in
${cases.map((row) => row.words).join('\n')}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$flags --help" -- "$current")) ;;
    @*) COMPREPLY=($(compgen -W "$(wherry site list 2>/dev/null | sed 's/^/@/; s/ .*//')" -- "$current")) ;;
    *)
      if [ "$COMP_CWORD" -eq 2 ] && [ -n "$actions" ]; then
        COMPREPLY=($(compgen -W "$actions" -- "$current"))
      else
        compopt -o filenames
        COMPREPLY=($(compgen -f -- "$current"))
      fi ;;
  esac
}
complete -F _wherry wherry
`;
}
