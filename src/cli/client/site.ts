import { WherryError } from '#core/errors.ts';
import type { CliCommand } from '../cli-command.ts';
import { UsageError } from '../exit-codes.ts';
import { readWords } from '../words.ts';
import { exitCodeOf } from './exit-code-of.ts';
import { GivenFlags, helpOf, specsOf, type FlagRow } from './flags/flag-row.ts';
import { ValueReader } from './flags/values.ts';
import { savedSites } from './login/saved-sites.ts';
import { Reporter } from './output/reporter.ts';
import { add } from './site/add.ts';
import { exportSites } from './site/export.ts';
import { importSites } from './site/import.ts';
import { lock, unlock } from './site/lock.ts';
import { list, remove, show } from './site/look.ts';
import type { SiteCommand } from './site/site-command.ts';

const commands: readonly SiteCommand[] = [add, list, show, remove, importSites, exportSites, lock, unlock];

const commonFlags: readonly FlagRow[] = [
  { name: 'json', help: 'results as lines of JSON' },
  { name: 'quiet', short: 'q', help: 'say nothing but errors' },
];

/** Saved sites: `@name/path` stands for one in every address. */
export const command: CliCommand = {
  help: overview(),
  helpFor: (words) => {
    const found = commands.find(({ name }) => name === words[0]);
    return found === undefined ? null : helpOfCommand(found);
  },
  async run(words) {
    const [name, ...rest] = words;
    const found = commands.find((candidate) => candidate.name === name);
    if (found === undefined) {
      const names = commands.map((candidate) => candidate.name).join(', ');
      throw new UsageError(`"wherry site" takes one of ${names}\nwherry: "wherry site --help" tells more`);
    }
    return runSiteCommand(found, rest);
  },
};

async function runSiteCommand(definition: SiteCommand, given: readonly string[]): Promise<number> {
  const { values, positionals, problems } = readWords(given, specsOf([...definition.flags, ...commonFlags]));
  const found = [...problems];
  const flags = new GivenFlags(values);
  const [fewest, most] = definition.words;
  if (positionals.length < fewest || positionals.length > most) {
    found.push(`this is called as: wherry site ${definition.name} ${definition.usage}`);
  }
  const requireNoProblems = (): void => {
    if (found.length === 0) return;
    throw new UsageError([...found, `"wherry site ${definition.name} --help" tells more`].join('\nwherry: '));
  };
  requireNoProblems();
  const report = new Reporter({ json: flags.has('json'), quiet: flags.has('quiet'), verbose: false });
  const read = new ValueReader(found);
  try {
    return await definition.run(
      { sites: savedSites(), report, given: flags, read, requireNoProblems },
      positionals,
    );
  } catch (thrown) {
    if (!(thrown instanceof WherryError)) throw thrown;
    report.failure(thrown);
    return exitCodeOf(thrown);
  }
}

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const rows = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: wherry site COMMAND [options]

Saves places to return to, with what their login needs, in one encrypted file. "@NAME" and "@NAME/path" stand for a
saved site wherever an address does.

Commands:
${rows.join('\n')}

  wherry site COMMAND --help   tells more

Examples:
  # save a site; the password is asked for, and not shown
  wherry site add shop ftpes://me@example.org/htdocs
  # use it
  wherry mirror ./public @shop
  # take over what FileZilla and ssh know
  wherry site import
`;
}

function helpOfCommand({ name, usage, summary, flags }: SiteCommand): string {
  return `Usage: wherry site ${name} [options] ${usage}\n\n${summary}.\n\nOptions:\n${helpOf([...flags, ...commonFlags])}\n`;
}
