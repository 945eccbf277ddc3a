import type { ConversationLine } from '#core/connection.ts';
import { WherryError } from '#core/errors.ts';
import { shownAddress } from './shown-address.ts';
import { visibleText } from './visible-text.ts';

/** How much is said, and in which form. */
export interface ReportStyle {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

const marks = { status: '*', command: '>', reply: '<', error: '!' } as const;

/** Says what happens: results on standard output, everything about them on standard error. */
export class Reporter {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;

  constructor({ json, quiet, verbose }: ReportStyle) {
    this.json = json;
    this.quiet = quiet;
    this.verbose = verbose;
  }

  /** A line of the result. */
  line(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  /** Something worth knowing that is no result. */
  note(text: string): void {
    if (!this.quiet && !this.json) process.stderr.write(`wherry: ${visibleText(text)}\n`);
  }

  /** What failed: one line for people, and with `--json` one for programs too. */
  failure(thrown: unknown, path?: string): void {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const about = path === undefined || message.includes(path) ? '' : `${shownAddress(path)}: `;
    process.stderr.write(`wherry: ${visibleText(about + message)}${advice(thrown)}\n`);
    if (!this.json) return;
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

  /** What is said to the server and what it answers. */
  conversation({ kind, text }: ConversationLine): void {
    process.stderr.write(`${marks[kind]} ${visibleText(text)}\n`);
  }
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
  return /host key/iu.test(thrown.message)
    ? '; --pin trusts one fingerprint, --host-keys accept-new keys of hosts that are new'
    : '; --pin trusts one certificate, --ca those of an authority, --insecure takes any';
}
