import type { Usage } from '#protocols/http/contract/admin/records.ts';
import { formatSize } from '#server/config/quantities.ts';
import { action, adminCommand } from './admin-command.ts';
import type { AdminOutput } from './admin-output.ts';

function show(output: AdminOutput, name: string, usage: Usage): void {
  const { bytes, files, counted, quotaBytes, quotaFiles, volumes } = usage;
  const of = (limit: string | null): string => (limit === null ? ' (no limit)' : ` of ${limit}`);
  const size = quotaBytes === null ? null : formatSize(quotaBytes);
  const uncounted = 'not counted yet; wherry quota rescan does it';
  output.record({ name, ...usage }, [
    ['account', name],
    ['bytes', counted ? `${bytes}${of(size)}` : uncounted],
    ['files', counted ? `${files}${of(quotaFiles === null ? null : String(quotaFiles))}` : uncounted],
    ...volumes.map(
      ({ period, uploadBytes, downloadBytes }) =>
        [period, `${uploadBytes} bytes up, ${downloadBytes} bytes down`] as const,
    ),
  ]);
}

/** `wherry quota`. */
export const command = adminCommand('quota', 'What accounts use of their quota and their volume.', [
  action({
    name: 'show',
    usage: 'USER',
    summary: 'Show what an account uses',
    flags: {},
    flagHelp: [],
    examples: ['wherry quota show alice'],
    async run({ words: [name = ''], output, administration }) {
      const client = await administration();
      show(output, name, await client.call('GET /users/:name/usage', { params: { name } }));
      return undefined;
    },
  }),
  action({
    name: 'rescan',
    usage: 'USER',
    summary: 'Count the files of an account anew, after changes by other ways than the server',
    flags: {},
    flagHelp: [],
    examples: ['wherry quota rescan alice'],
    async run({ words: [name = ''], output, administration }) {
      const client = await administration();
      show(output, name, await client.call('POST /users/:name/usage/rescan', { params: { name } }));
      return undefined;
    },
  }),
]);
