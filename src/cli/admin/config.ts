import { createRequire } from 'node:module';
import type * as YamlModule from 'yaml';
import { ConfigError, loadConfig, maskSecrets } from '#server/config/load-config.ts';
import { configSchema } from '#server/config/schema.ts';
import { settingsOf } from '#server/config/schema-walk.ts';
import { ExitCode } from '../exit-codes.ts';
import { environmentLayer } from '../serve-flags.ts';
import { findConfigFile } from '../serve-options.ts';
import { action, adminCommand } from './admin-command.ts';

const fileFlags = { config: { type: 'string' } } as const;
const fileHelp = ['--config FILE          instead of $WHERRY_CONFIG, or wherry.yaml in this directory'];

async function load(named: string | undefined) {
  const file = findConfigFile(named ?? process.env['WHERRY_CONFIG']);
  return loadConfig({ file, layers: [environmentLayer(process.env)] });
}

/** `wherry config`. */
export const command = adminCommand('config', 'The configuration file, wherry.yaml.', [
  action({
    name: 'check',
    usage: '',
    summary: 'Tell everything that is wrong, with its line and what is allowed; exit code 2 then',
    flags: fileFlags,
    flagHelp: fileHelp,
    examples: ['wherry config check', 'wherry config check --config /etc/wherry/wherry.yaml'],
    async run({ flags, output }) {
      try {
        const { file } = await load(flags.config);
        output.done(
          file === null ? 'There is no configuration file; the defaults hold.' : `${file} is in order.`,
          { file, problems: [] },
        );
        return ExitCode.done;
      } catch (thrown) {
        if (!(thrown instanceof ConfigError)) throw thrown;
        if (output.json) output.done('', { problems: thrown.problems });
        else process.stderr.write(thrown.problems.map((problem) => `wherry: ${problem}\n`).join(''));
        return ExitCode.usage;
      }
    },
  }),
  action({
    name: 'show',
    usage: '',
    summary: 'Show what holds: the file, the environment and the defaults together, secrets masked',
    flags: { ...fileFlags, origin: { type: 'boolean' } },
    flagHelp: [...fileHelp, '--origin               a setting a line, and where it was given'],
    examples: ['wherry config show', 'wherry config show --origin'],
    async run({ flags, output }) {
      const { written, originOf } = await load(flags.config);
      const settings = maskSecrets(written);
      if (flags.origin === true) {
        const rows = [...settingsOf()].map(({ path }) => ({
          setting: path.join('.'),
          value: path.reduce<unknown>((value, step) => (value as Record<string, unknown>)[step], settings),
          origin: originOf(path),
        }));
        output.rows(
          rows,
          [
            { title: 'SETTING', text: ({ setting }) => setting },
            {
              title: 'VALUE',
              text: ({ value }) => (typeof value === 'string' ? value : JSON.stringify(value)),
            },
            { title: 'GIVEN IN', text: ({ origin }) => origin },
          ],
          '',
        );
        return undefined;
      }
      if (output.json) output.text(JSON.stringify(settings));
      else output.text((createRequire(import.meta.url)('yaml') as typeof YamlModule).stringify(settings));
      return undefined;
    },
  }),
  action({
    name: 'schema',
    usage: '',
    summary: 'Print the JSON schema of the file, for editors',
    flags: {},
    flagHelp: [],
    examples: ['wherry config schema > wherry.schema.json'],
    async run({ output }) {
      output.text(JSON.stringify(configSchema, null, 2));
      return Promise.resolve(undefined);
    },
  }),
  action({
    name: 'reload',
    usage: '',
    summary: 'Let the running server read the file, certificates and host keys anew; nobody is disconnected',
    flags: {},
    flagHelp: [],
    examples: ['wherry config reload'],
    async run({ output, administration }) {
      const client = await administration();
      const difference = await client.call('POST /config/reload');
      const { applied, waiting } = difference;
      const words = [
        ...(applied.length === 0 ? [] : [`In force: ${applied.join(', ')}.`]),
        ...(waiting.length === 0 ? [] : [`For the next start: ${waiting.join(', ')}.`]),
        ...(applied.length + waiting.length === 0 ? ['Read anew; no setting is different.'] : []),
      ];
      output.done(words.join('\n'), difference);
      return undefined;
    },
  }),
]);
