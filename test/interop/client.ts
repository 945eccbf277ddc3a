import type { Invocation } from './programs.ts';

/** How a client reaches the server. */
export interface Link {
  readonly family: 4 | 6;
  readonly mode: 'passive' | 'active';
  readonly tls: 'none' | 'explicit' | 'implicit';
}

/** A link with the address of a server that runs. */
export interface Target extends Link {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** Paths are relative to the login directory on the server, and to the working directory here. */
export interface Copying {
  readonly local: string;
  readonly remote: string;
}

type Doing<Subject> = (target: Target, subject: Subject) => Invocation;

/**
 * A program that speaks FTP, as a table of what it is told for each thing to do. What it cannot do is absent, and
 * the cases that need it are left out.
 */
export interface InteropClient {
  readonly name: string;
  readonly program: string;
  /** Every program that the table uses. */
  readonly programs: readonly string[];
  readonly debianPackage: string;
  readonly links: readonly Link[];
  /** Whether a failure shows in the exit code; interactive clients end with 0 whatever happens. */
  readonly tellsFailure: boolean;
  /** Puts the names in a directory, one a line, somewhere into standard output. */
  readonly list?: Doing<string>;
  readonly upload?: Doing<Copying>;
  readonly download?: Doing<Copying>;
  /** `local` is longer than what the server has of it. */
  readonly resumeUpload?: Doing<Copying & { readonly offset: number }>;
  readonly resumeDownload?: Doing<Copying & { readonly offset: number }>;
  readonly rename?: Doing<{ readonly from: string; readonly to: string }>;
  readonly delete?: Doing<string>;
  readonly makeDirectory?: Doing<string>;
  readonly removeDirectory?: Doing<string>;
}

/** Everything in the clear, and with TLS enough to meet each pair of family, mode and kind of TLS. */
export const everyPair: readonly Link[] = [
  { tls: 'none', family: 4, mode: 'passive' },
  { tls: 'none', family: 4, mode: 'active' },
  { tls: 'none', family: 6, mode: 'passive' },
  { tls: 'none', family: 6, mode: 'active' },
  { tls: 'explicit', family: 4, mode: 'passive' },
  { tls: 'explicit', family: 6, mode: 'active' },
  { tls: 'implicit', family: 4, mode: 'active' },
  { tls: 'implicit', family: 6, mode: 'passive' },
];

/** The same without TLS, for programs that have none. */
export const inTheClear: readonly Link[] = everyPair.filter(({ tls }) => tls === 'none');

/** An address as it stands in a URL. */
export function urlHost({ host, family }: Target): string {
  return family === 6 ? `[${host}]` : host;
}

/** A path with everything that means something in a URL written as %XX. */
export function urlPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** A word in double quotes, as lftp and the BSD clients read it. */
export function quoted(word: string): string {
  return `"${word.replace(/["\\]/gu, String.raw`\$&`)}"`;
}
