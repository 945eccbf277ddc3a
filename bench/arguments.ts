import { parseArgs } from 'node:util';

export type Arguments = {
  readonly suite: string;
  /** Row or measurement ids; empty = all. */
  readonly only: readonly string[];
  readonly runs: number;
  readonly quick: boolean;
  /** Server names; empty = all. */
  readonly peers: readonly string[];
  readonly json: string | undefined;
  /** Put the rows of this run into the kept results, although it is not a whole one. */
  readonly keep: boolean;
  readonly help: boolean;
};

export class UsageError extends Error {}

export const usage = `npm run bench -- [options]
  --suite NAME    what: ftp, sftp, tftp, client, accounts, page (ftp)
  --only ROW,ROW  only these rows
  --runs N        interleaved runs; the median counts (3)
  --peers A,B     only these servers, e.g. wherry,vsftpd
  --quick         small files and short times: does it work, not how fast
  --json FILE     also write the JSON result there
  --keep          with --only: put these rows in the place of the old ones in bench/results
`;

function list(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((part) => part !== '');
}

/** @throws UsageError */
export function parseArguments(commandLine: readonly string[]): Arguments {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...commandLine],
      options: {
        suite: { type: 'string', default: 'ftp' },
        only: { type: 'string' },
        runs: { type: 'string' },
        quick: { type: 'boolean', default: false },
        peers: { type: 'string' },
        json: { type: 'string' },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  const runs = Number(values.runs ?? (values.quick ? 1 : 3));
  if (!Number.isInteger(runs) || runs < 1) throw new UsageError('--runs takes a whole number from 1 on');
  return {
    suite: values.suite,
    only: list(values.only),
    runs,
    quick: values.quick,
    peers: list(values.peers),
    json: values.json,
    keep: values.keep,
    help: values.help,
  };
}
