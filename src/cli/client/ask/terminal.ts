import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Ask, UntrustedCertificate } from '#client/options.ts';
import type { HostKeyJudge } from '#client/trust/host-key-policy.ts';

/** Whether there is somebody to ask: both what is typed and what is shown belong to a terminal. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Shows a question on standard error and gives what is typed; without `echo` the answer is not shown. */
export async function askTerminal(text: string, echo: boolean, signal?: AbortSignal): Promise<string> {
  let muted = false;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!muted) process.stderr.write(chunk);
      done();
    },
  });
  const line = createInterface({ input: process.stdin, output, terminal: true });
  try {
    const answer = signal === undefined ? line.question(text) : line.question(text, { signal });
    muted = !echo;
    return await answer;
  } finally {
    line.close();
    if (!echo) process.stderr.write('\n');
  }
}

/** Asks the person at the terminal for what a login lacks. */
export const askForLogin: Ask = async ({ text, subject, echo }, signal) => {
  const question = text.replace(/[:\s]+$/u, '');
  const about = question.includes(subject) || subject === '' ? '' : ` (${subject})`;
  return askTerminal(`${question}${about}: `, echo, signal);
};

/** Asks for a yes; everything else is a no. */
export async function confirm(text: string, signal?: AbortSignal): Promise<boolean> {
  const answer = await askTerminal(`${text} (yes/no) `, true, signal);
  return /^y(?:es)?$/iu.test(answer.trim());
}

/** Shows an unknown host key and asks whether it is the right one. */
export const judgeHostKeyAtTerminal: HostKeyJudge = async ({ host, port, keyType, fingerprint }, signal) => {
  process.stderr.write(
    `The host ${host} (port ${port}) is not known yet.\nIts ${keyType} key has the fingerprint ${fingerprint}.\n`,
  );
  return confirm('Is that the right one, and trust it from now on?', signal);
};

/** Shows a certificate that nobody vouches for and asks whether to go on. */
export async function judgeCertificateAtTerminal(certificate: UntrustedCertificate): Promise<boolean> {
  const { host, port, sha256, subject, issuer, validUntil, reason } = certificate;
  process.stderr.write(
    `The certificate of ${host} (port ${port}) is not trusted: ${reason}.\n` +
      `  for      ${subject}\n  from     ${issuer}\n  until    ${new Date(validUntil).toISOString()}\n  SHA-256  ${sha256}\n`,
  );
  return confirm('Go on with it this time?');
}
