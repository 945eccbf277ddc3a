import { ExitCode, UsageError } from '../exit-codes.ts';
import { action, adminCommand } from './admin-command.ts';

/** `wherry access`. */
export const command = adminCommand('access', 'What an account may do where, and why.', [
  action({
    name: 'explain',
    usage: 'USER PATH',
    summary: 'Say for each right at a path whether it is granted, and which rule decides',
    flags: { right: { type: 'string' } },
    flagHelp: ['--right NAME           only this right; exit code 5 when it is not granted'],
    examples: [
      'wherry access explain alice /incoming',
      'wherry access explain alice /incoming/a.txt --right delete',
    ],
    async run({ words: [name = '', path = ''], flags: { right }, output, administration }) {
      const client = await administration();
      const explained = await client.call('POST /users/:name/access', { params: { name }, body: { path } });
      const rows = explained.access.filter(({ permission }) => right === undefined || permission === right);
      if (rows.length === 0) {
        const names = explained.access.map(({ permission }) => permission).join(', ');
        throw new UsageError(`--right ${right ?? ''}: choose of ${names}`);
      }
      output.rows(
        rows,
        [
          { title: 'RIGHT', text: ({ permission }) => permission },
          { title: 'ANSWER', text: ({ allowed }) => (allowed ? 'yes' : 'no') },
          { title: 'BECAUSE', text: ({ rule }) => rule },
        ],
        '',
      );
      return right === undefined || rows.every(({ allowed }) => allowed)
        ? ExitCode.done
        : ExitCode.notAllowed;
    },
  }),
]);
