import { readFile } from 'node:fs/promises';
import { toWherryError } from '#core/errors.ts';
import { version } from '../../../version.ts';
import { formatLine } from '../line.ts';
import type { ExecuteLine, ShellCommand } from '../shell-command.ts';
import { ShellError } from '../shell-error.ts';

/** What steers the shell itself. `execute` runs a line as if it were typed, and throws what fails. */
export function controlCommands(
  table: () => readonly ShellCommand[],
  execute: ExecuteLine,
): readonly ShellCommand[] {
  return [
    {
      names: ['help', '?'],
      usage: '[COMMAND]',
      summary: 'Tell what there is, or of one command',
      words: [0, 1],
      completes: 'command',
      async run({ work, words: [word] }) {
        const commands = table().filter(({ names }) => word === undefined || names.includes(word));
        if (commands.length === 0) throw new ShellError(`there is no command "${word}"`);
        const titles = commands.map(({ names: [name = ''], usage }) => `${name} ${usage}`.trim());
        const width = Math.min(34, Math.max(...titles.map(({ length }) => length)));
        for (const [index, { names, summary }] of commands.entries()) {
          const also = names.length > 1 ? ` (also ${names.slice(1).join(', ')})` : '';
          work.report.line(`${(titles[index] ?? '').padEnd(width)}  ${summary}${also}`);
        }
      },
    },
    {
      names: ['exit', 'quit', 'bye'],
      usage: '[CODE]',
      summary: 'End the conversation, with this exit code; jobs are stopped',
      words: [0, 1],
      async run({ session, words: [word] }) {
        const code = Number(word ?? 0);
        if (!/^\d{1,3}$/u.test(word ?? '0') || code > 255)
          throw new ShellError('give an exit code from 0 to 255');
        if (word !== undefined) session.exitCode = code;
        session.ended = true;
      },
    },
    {
      names: ['echo'],
      usage: '[WORDS...]',
      summary: 'Show words',
      words: [0, Number.POSITIVE_INFINITY],
      verbatim: true,
      async run({ work, words }) {
        work.report.line(words.join(' '));
      },
    },
    {
      names: ['source'],
      usage: 'FILE',
      summary: 'Run the lines of a file of this machine; the first that fails ends it',
      words: [1, 1],
      completes: 'local',
      async run(call) {
        const { session, words, signal } = call;
        const text = await readFile(session.local(words[0] ?? ''), 'utf8').catch((error: unknown) => {
          throw toWherryError(error, `read ${words[0]}`);
        });
        for (const line of text.split(/\r?\n/u)) {
          if (session.ended || signal.aborted) return;
          await execute(call, line);
        }
      },
    },
    {
      names: ['version'],
      usage: '',
      summary: 'Tell which program this is',
      words: [0, 0],
      async run({ work }) {
        work.report.line(`wherry ${version}`);
      },
    },
    {
      names: ['alias'],
      usage: '[NAME [COMMAND...]]',
      summary: 'Give a command another name, or show the names',
      words: [0, Number.POSITIVE_INFINITY],
      verbatim: true,
      async run({ session, work, words: [name, ...meaning] }) {
        if (name === undefined) {
          for (const [known, text] of session.aliases) work.report.line(`alias ${known} ${text}`);
        } else if (meaning.length === 0) session.aliases.delete(name);
        else session.aliases.set(name, meaning.join(' '));
      },
    },
    {
      names: ['set'],
      usage: '[NAME VALUE]',
      summary: 'Change how the shell works, or show it',
      words: [0, 2],
      async run({ session, work, words: [name, value] }) {
        const { settings } = session;
        const { report } = work;
        if (name === undefined) {
          for (const [known, current] of Object.entries(settings))
            report.line(`set ${known} ${current === true ? 'on' : current === false ? 'off' : current}`);
        } else if (name === 'parallel') {
          const number = Number(value);
          if (!Number.isInteger(number) || number < 1 || number > 64) throw new ShellError('give 1 to 64');
          settings.parallel = number;
        } else if (name === 'verify' || name === 'continue-on-error') {
          if (value !== 'on' && value !== 'off') throw new ShellError('give on or off');
          settings[name] = value === 'on';
        } else {
          throw new ShellError(`there is no setting "${name}"; "set" shows what there is`);
        }
      },
    },
    {
      names: ['history'],
      usage: '[N]',
      summary: 'Show the last lines',
      words: [0, 1],
      async run({ session, work, words: [count = '50'] }) {
        const from = Math.max(0, session.history.length - Number(count));
        for (const [index, line] of session.history.slice(from).entries()) {
          work.report.line(`${String(from + index + 1).padStart(5)}  ${line}`);
        }
      },
    },
    {
      names: ['jobs'],
      usage: '',
      summary: 'Show what goes on in the background',
      words: [0, 0],
      async run({ session, work }) {
        for (const { number, line } of session.jobs.running) work.report.line(`[${number}] ${line}`);
      },
    },
    {
      names: ['wait', 'fg'],
      usage: '[N]',
      summary: 'Wait for a job, or for all',
      words: [0, 1],
      async run({ session, words: [word], signal }) {
        if (word === undefined) await session.jobs.wait(signal);
        else await jobOf(session.jobs.find(Number(word)), word).ended;
      },
    },
    {
      names: ['kill'],
      usage: 'N|all',
      summary: 'Stop a job',
      words: [1, 1],
      async run({ session, words: [word = ''] }) {
        if (word === 'all') session.jobs.stopAll();
        else jobOf(session.jobs.find(Number(word)), word).controller.abort();
      },
    },
    {
      names: ['queue'],
      usage: '[COMMAND...]',
      summary: 'Do something after all that was queued before; without words as jobs',
      words: [0, Number.POSITIVE_INFINITY],
      verbatim: true,
      async run(call) {
        const { session, words } = call;
        if (words.length === 0) {
          for (const { number, line } of session.jobs.running) call.work.report.line(`[${number}] ${line}`);
          return;
        }
        const line = words[0]?.startsWith('!') === true ? words.join(' ') : formatLine(words);
        const { number } = session.jobs.enqueue(line, async (signal) => {
          const { report } = call.work;
          const work = { ...call.work, report: report.withoutBars(), signal };
          await execute({ ...call, work, signal }, line).catch((thrown: unknown) => report.failure(thrown));
        });
        call.work.report.note(`[${number}] queued`);
      },
    },
    {
      names: [
        'binary',
        'bin',
        'image',
        'ascii',
        'type',
        'passive',
        'epsv',
        'epsv4',
        'prompt',
        'hash-marks',
        'progress',
        'verbose',
        'debug',
        'bell',
      ],
      usage: '',
      summary: 'For habits of other programs: transfers are binary, checked and passive anyway',
      words: [0, 1],
      run: async () => undefined,
    },
  ];
}

function jobOf<Job>(job: Job | null, word: string): Job {
  if (job === null) throw new ShellError(`there is no job ${word}; "jobs" shows what there is`);
  return job;
}
