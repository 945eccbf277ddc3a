import type { CliCommand } from './cli-command.ts';
import { commandTable } from './command-table.ts';
import { bashScript } from './completion/bash.ts';
import { fishScript } from './completion/fish.ts';
import { readHelp, type CompletedCommand } from './completion/read-help.ts';
import { zshScript } from './completion/zsh.ts';
import { ExitCode, UsageError } from './exit-codes.ts';

const help = `Usage: wherry completion bash|zsh|fish

Prints the completion of commands, options, their values, and saved sites for a shell.

Commands:
  bash  for ~/.local/share/bash-completion/completions/wherry
  zsh   for a file _wherry in a directory of $fpath
  fish  for ~/.config/fish/completions/wherry.fish

Examples:
  # try it out in the running bash
  source <(wherry completion bash)
  # keep it for fish
  wherry completion fish > ~/.config/fish/completions/wherry.fish
`;

const scripts: Readonly<Record<string, typeof zshScript>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** Prints what a shell needs to complete the words of this program. */
export const command: CliCommand = {
  help,
  async run([shell = '', ...rest]) {
    const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
    if (script === undefined || rest.length > 0) {
      throw new UsageError('name one shell: wherry completion bash, zsh or fish');
    }
    const commands = new Map<string, CompletedCommand>();
    for (const { name, load } of commandTable) {
      const { command: loaded } = await load();
      commands.set(name, withActions(loaded));
    }
    process.stdout.write(script(commands, new Map(commandTable.map(({ name, summary }) => [name, summary]))));
    return ExitCode.done;
  },
};

/** The flags of all actions of a command count as its own. */
function withActions(loaded: CliCommand): CompletedCommand {
  const own = readHelp(loaded.help);
  const below = own.actions.map(({ name }) => readHelp(loaded.helpFor?.([name]) ?? ''));
  const flags = new Map([own, ...below].flatMap((read) => read.flags.map((flag) => [flag.name, flag])));
  return { flags: [...flags.values()], actions: own.actions };
}
