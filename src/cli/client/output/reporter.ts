import type { ConversationLine } from '#core/connection.ts';
import { WherryError } from '#core/errors.ts';
import { shownAddress } from './shown-address.ts';
import { visibleText } from './visible-text.ts';

/** How much is said, and in which form. */
export interface ReportStyle {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Whether bars may be drawn where there is a terminal (default true). */
  readonly bars?: boolean;
  /** Where results go (standard output). */
  readonly output?: NodeJS.WritableStream;
}

const marks = { status: '*', command: '>', reply: '<', error: '!' } as const;

/** Says what happens: results on standard output, everything about them on standard error. */
export class Reporter {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly bars: boolean;
  /** Where results go. */
  readonly output: NodeJS.WritableStream;

  constructor({ json, quiet, verbose, bars = true, output = process.stdout }: ReportStyle) {
    this.json = json;
    this.quiet = quiet;
    this.verbose = verbose;
    this.output = output;
    // A conversation and bars on one screen would write over each other.
    this.bars = bars && process.stderr.isTTY && !json && !quiet && !verbose;
  }

  /** The same for something that goes on while its user types. */
  withoutBars(): Reporter {
    const { json, quiet, verbose, output } = this;
    return new Reporter({ json, quiet, verbose, output, bars: false });
  }

  /** The same with results that go elsewhere. */
  to(output: NodeJS.WritableStream): Reporter {
    const { json, quiet, verbose, bars } = this;
    return new Reporter({ json, quiet, verbose, bars, output });
  }

  /** A line of the result. */
  line(text: string): void {
    this.output.write(`${text}\n`);
  }

  /** Something worth knowing that is no result. */
  note(text: string): void {
    if (!this.quiet && !this.json) process.stderr.write(`wherry: ${visibleText(text)}\n`);
  }

  /** What failed: one line for people, and with `--json` one for programs too. */
  failure(thrown: unknown, path?: string): void {
    process.stderr.write(`${this.failureText(thrown, path)}\n`);
    if (!this.json) return;
    const message = messageOf(thrown);
    const { code, reply, status } =
      thrown instanceof WherryError ? thrown : { code: 'io', reply: undefined, status: undefined };
    this.line(
      JSON.stringify({
        event: 'failed',
        path:
          (path === undefined ? undefined : shownAddress(path)) ??
          (thrown instanceof WherryError ? thrown.path : undefined) ??
          null,
        bytes: null,
        total: null,
        code,
        message,
        ...(reply === undefined ? {} : { reply }),
        ...(status === undefined ? {} : { status }),
      }),
    );
  }

  /** The line that tells people of a failure. */
  failureText(thrown: unknown, path?: string): string {
    const message = messageOf(thrown);
    const about = path === undefined || message.includes(path) ? '' : `${shownAddress(path)}: `;
    return `wherry: ${visibleText(about + message)}${advice(thrown)}`;
  }

  /** What is said to the server and what it answers. */
  conversation({ kind, text }: ConversationLine): void {
    process.stderr.write(`${marks[kind]} ${visibleText(text)}\n`);
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** What to do about failures whose cure is the same everywhere. */
const remedies: Readonly<Record<string, string>> = {
  'login-refused': '; check the user and the password (WHERRY_PASSWORD, --password-file or --identity)',
  'connection-refused': '; "wherry doctor URL" finds out why',
  timeout: '; "wherry doctor URL" finds out why',
};

function advice(thrown: unknown): string {
  if (!(thrown instanceof WherryError)) return '';
  if (thrown.code !== 'not-trusted') return remedies[thrown.code] ?? '';
  if (/host key.*not the one that is known/iu.test(thrown.message)) {
    return '; somebody may stand between, so ask who runs the server, and remove the old key with "ssh-keygen -R HOST" only if it is right';
  }
  return /host key/iu.test(thrown.message)
    ? '; --pin trusts one fingerprint, --host-keys accept-new keys of hosts that are new'
    : '; --pin trusts one certificate, --ca those of an authority, --insecure takes any';
}
