import { toWherryError } from '#core/errors.ts';
import { externalAccountsOf } from './external-accounts-of.ts';
import { operationsOf } from './operations-of.ts';
import type { ConfigProblem } from './problem.ts';
import type { Config } from './schema.ts';

interface CrossCheck {
  /** The setting that the problem is told at. */
  readonly path: readonly string[];
  readonly message: (config: Config) => string | null;
}

/** What no single setting shows: settings that contradict each other, or need each other. */
const crossChecks: readonly CrossCheck[] = [
  {
    path: ['listen'],
    message: ({ listen: { ftp, ftps, sftp, tftp, http } }) =>
      [ftp, ftps, sftp, tftp, http].every((port) => port === null)
        ? 'with every listener off nothing would be served; give one a port'
        : null,
  },
  {
    path: ['listen'],
    message: ({ listen: { ftp, ftps, sftp, http } }) => {
      const ports = [ftp, ftps, sftp, http].filter((port) => port !== null && port !== 0);
      const twice = ports.find((port, index) => ports.indexOf(port) !== index);
      return twice === undefined ? null : `port ${twice} is given twice; each protocol needs its own`;
    },
  },
  {
    path: ['tftp', 'write'],
    message: ({ listen, tftp }) =>
      tftp.write !== 'off' && listen.tftp === null
        ? 'TFTP is off, so nobody writes by it; this needs --tftp PORT (listen.tftp)'
        : null,
  },
  {
    path: ['tftp', 'write'],
    message: ({ accounts, tftp }) =>
      tftp.write !== 'off' && accounts.readOnly
        ? 'this and accounts.readOnly (--read-only) contradict each other; choose one'
        : null,
  },
  {
    path: ['defence', 'halfOpenFull'],
    message: ({ defence }) =>
      defence.halfOpenFull <= defence.halfOpenStart
        ? `it must be more than defence.halfOpenStart, which is ${defence.halfOpenStart}`
        : null,
  },
  {
    path: ['timeouts', 'maximumIdle'],
    message: ({ timeouts }) =>
      timeouts.maximumIdle < timeouts.idle ? 'it must not be less than timeouts.idle' : null,
  },
  ...(['hooks', 'beforeHooks'] as const).map((list) => ({
    path: [list],
    message: (config: Config) => {
      const wrong = config[list].find(({ url, program }) => (url === undefined) === (program === undefined));
      return wrong === undefined ? null : `"${wrong.name}" needs a url or a program, and not both`;
    },
  })),
  {
    path: ['hooks'],
    message: (config) => {
      try {
        operationsOf(config);
        return null;
      } catch (thrown) {
        return toWherryError(thrown, 'use the hooks').message;
      }
    },
  },
  {
    path: ['accounts', 'external'],
    message: ({ accounts }) =>
      accounts.external.some(({ url, program }) => (url === undefined) === (program === undefined))
        ? 'each needs a url or a program, and not both'
        : null,
  },
  {
    path: ['accounts', 'external'],
    message: (config) => {
      if (config.accounts.external.some(({ url, program }) => url === undefined && program === undefined))
        return null;
      try {
        externalAccountsOf(config, { fileSystemFor: () => null });
        return null;
      } catch (thrown) {
        return toWherryError(thrown, 'ask for accounts').message;
      }
    },
  },
  {
    path: ['grace'],
    message: ({ grace }) => (grace > longestGraceMs ? 'give at most 1d' : null),
  },
];

const longestGraceMs = 86_400_000;

/** Every contradiction between settings that are right by themselves. */
export function checkTogether(config: Config): readonly ConfigProblem[] {
  return crossChecks.flatMap(({ path, message }) => {
    const problem = message(config);
    return problem === null ? [] : [{ path, message: problem }];
  });
}
