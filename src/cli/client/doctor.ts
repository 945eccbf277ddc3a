import { diagnose } from '#client/doctor/diagnose.ts';
import type { Finding } from '#client/doctor/finding.ts';
import { summarise } from '#client/doctor/summary.ts';
import { ExitCode, UsageError } from '../exit-codes.ts';
import type { CliCommand } from '../cli-command.ts';
import { clientCommand } from './client-command.ts';
import { exitCodeOfFindings } from './doctor/exit-code.ts';
import { findingLines, skippedLines } from './doctor/finding-text.ts';

const serverFlag = '--server';

const examination = clientCommand({
  name: 'doctor',
  usage: 'URL | --server',
  about:
    'Finds out why a connection, a login, a listing or a transfer fails, and what to do about it: name, port, greeting, TLS, ' +
    'login, passive and active mode, rights, host keys. It changes nothing unless --write is given, sends no password to a ' +
    'server that is not trusted, and ends within twenty seconds.',
  words: [1, 1],
  flags: [
    { name: 'write', help: 'write a small file where the URL leads, and remove it again' },
    {
      name: 'server',
      help: "instead: grade this machine's own server and tell what clients are told; takes --config FILE and --json",
    },
  ],
  examples: [
    ['wherry doctor ftp://me@example.org/', 'why the listing hangs'],
    ['wherry doctor --write sftp://me@example.org/in/', 'whether files can be sent there'],
    ['wherry doctor --server', 'what is risky in the configuration of the server here'],
    ['wherry doctor --json ftps://example.org/', 'one object for each check, and one for all'],
  ],
  choose: (given) => ({ write: given.has('write') }),
  async run({ report, options, signal }, [address = ''], { write }) {
    const findings: Finding[] = [];
    for await (const finding of diagnose(address, { ...options, signal, write })) {
      findings.push(finding);
      if (report.json) report.line(JSON.stringify(finding));
      else if (!report.quiet && finding.verdict !== 'skipped')
        for (const line of findingLines(finding)) report.line(line);
    }
    if (!report.json && !report.quiet) for (const line of skippedLines(findings)) report.line(line);
    if (signal.aborted) return ExitCode.interrupted;
    if (findings.length === 0) throw new UsageError('there is nothing to examine');
    const summary = summarise(findings);
    if (report.json) report.line(JSON.stringify({ event: 'summary', ...summary }));
    else report.line(`${report.quiet ? '' : '\n'}${summary.text}`);
    return exitCodeOfFindings(findings, summary);
  },
});

/** Finds out why something does not work: at a server elsewhere, or with `--server` at the one here. */
export const command: CliCommand = {
  help: examination.help,
  async run(words) {
    if (!words.includes(serverFlag)) return examination.run(words);
    const { runServerDoctor } = await import('../admin/doctor-server.ts');
    return runServerDoctor(words.filter((word) => word !== serverFlag));
  },
};
