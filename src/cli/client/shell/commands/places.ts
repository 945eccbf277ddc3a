import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { Secret } from '#core/secret.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { shownAddress } from '../../output/shown-address.ts';
import { visibleText } from '../../output/visible-text.ts';
import type { ShellCommand } from '../shell-command.ts';
import { ShellError } from '../shell-error.ts';

/** Where the shell is, here and there. */
export const placeCommands: readonly ShellCommand[] = [
  {
    names: ['open', 'o', 'connect'],
    usage: 'URL',
    summary: 'Open a place: a URL, @SITE, or a path of this machine',
    words: [1, 1],
    async run({ session, words: [address = ''] }) {
      await session.open(address);
      const { protocol, software, security } = session.place.facts;
      const told = [protocol, software, security].filter((part) => part !== null).join(', ');
      session.report.note(`opened ${shownAddress(session.address ?? address)} (${told})`);
    },
  },
  {
    names: ['close', 'disconnect'],
    usage: '',
    summary: 'End the connection',
    words: [0, 0],
    run: ({ session }) => session.close(),
  },
  {
    names: ['user', 'login'],
    usage: 'NAME [PASSWORD]',
    summary: 'Open the same place as somebody else; the password is asked for when it is left out',
    words: [1, 2],
    async run({ session, words: [user = '', password] }) {
      const { protocol, host, port } = session.place.facts;
      if (host === null) throw new ShellError('this machine has no logins here');
      const secret = password === undefined ? undefined : new Secret(password);
      const shownHost = host.includes(':') ? `[${host}]` : host;
      await session.open(`${protocol}://${encodeURIComponent(user)}@${shownHost}:${port}/`, {
        user,
        ...(secret === undefined ? {} : { password: secret }),
      });
    },
  },
  {
    names: ['quote', 'site'],
    usage: 'COMMAND...',
    summary: 'Send a command of FTP as it is typed, or one of SITE, and show what the server says',
    words: [1, Number.POSITIVE_INFINITY],
    verbatim: true,
    async run({ session, work, name, words, signal }) {
      const { fileSystem } = session.place;
      if (fileSystem.command === undefined) {
        throw new ShellError(`${session.place.facts.protocol} has no commands that could be typed`);
      }
      const typed = name === 'site' ? ['SITE', ...words] : words;
      const answer = await fileSystem.command(typed.join(' '), { signal });
      for (const line of answer.trimEnd().split(/\r?\n/u)) work.report.line(visibleText(line));
    },
  },
  {
    names: ['pwd'],
    usage: '',
    summary: 'Show where this is on the server',
    words: [0, 0],
    async run({ session, work }) {
      work.report.line(visibleText(`${session.address}${session.place.directory}`));
    },
  },
  {
    names: ['cd', 'cwd', 'chdir'],
    usage: '[DIRECTORY|-]',
    summary: 'Change the directory on the server; - goes back, nothing goes to where the login starts',
    words: [0, 1],
    completes: 'remote',
    async run({ session, words: [word], signal }) {
      const { place } = session;
      const target: VirtualPath | null =
        word === undefined ? place.home : word === '-' ? session.previousDirectory : place.resolve(word);
      if (target === null) throw new ShellError('there is no directory to go back to');
      await requireDirectory(place, target, signal);
      session.enter(target);
    },
  },
  {
    names: ['cdup', '..'],
    usage: '',
    summary: 'Change to the directory above',
    words: [0, 0],
    async run({ session }) {
      session.enter(session.place.resolve('..'));
    },
  },
  {
    names: ['lcd'],
    usage: '[DIRECTORY]',
    summary: 'Change the directory of this machine',
    words: [0, 1],
    completes: 'local',
    async run({ session, words: [word] }) {
      const target = session.local(word === undefined || word === '~' ? homedir() : word);
      const stats = await stat(target).catch((error: unknown) => {
        throw toWherryError(error, `enter ${target}`);
      });
      if (!stats.isDirectory()) throw new WherryError('not-directory', `${target} is no directory`);
      session.localDirectory = target;
    },
  },
  {
    names: ['lpwd'],
    usage: '',
    summary: 'Show where this is on this machine',
    words: [0, 0],
    async run({ session, work }) {
      work.report.line(session.localDirectory);
    },
  },
];

interface Examined {
  stat(path: string, options: { readonly signal: AbortSignal }): Promise<{ readonly type: string }>;
}

/** A server that cannot tell of directories lets one enter anything; the next listing says what is wrong. */
async function requireDirectory(place: Examined, path: VirtualPath, signal: AbortSignal): Promise<void> {
  try {
    const { type } = await place.stat(path, { signal });
    if (type !== 'directory') throw new WherryError('not-directory', `${path} is no directory`, { path });
  } catch (thrown) {
    if (!(thrown instanceof WherryError && thrown.code === 'not-supported')) throw thrown;
  }
}
