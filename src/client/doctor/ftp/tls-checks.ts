import { WherryError } from '#core/errors.ts';
import type { CertificateFacts } from '#protocols/ftp/client/options.ts';
import { describeCertificateProblem } from '#protocols/ftp/client/tls/certificate-problem.ts';
import { ok, problem, skipped, warning, type Diagnosis, type Outcome } from '../finding.ts';
import { takeSocket } from '../patient.ts';
import type { FtpPatient } from './ftp-patient.ts';
import { askForTls, enterTls, quoteReply } from './session.ts';
import type { DataResult } from './data-result.ts';
import { transfer } from './transfer.ts';
import { workingWay } from './ftp-patient.ts';

/** TLS before the first word, as on port 990. */
export async function beginWithTls(patient: FtpPatient, signal: AbortSignal): Promise<Outcome> {
  try {
    patient.socket = await enterTls(patient, takeSocket(patient), signal);
  } catch (thrown) {
    return handshakeProblem(thrown, true);
  }
  return agreed(patient);
}

/** AUTH TLS, unless TLS was ruled out. */
export async function askForTlsCheck(patient: FtpPatient, signal: AbortSignal): Promise<Outcome> {
  const { link, login } = patient;
  if (login.tls === 'off')
    return patient.address.scheme === 'ftp+ssh' ? ok('SSH encrypts instead') : inTheClear();
  if (link === null) throw new WherryError('closed', 'There is no control connection');
  try {
    const refusal = await askForTls(patient, link, signal);
    if (refusal === null) return agreed(patient);
    const seen = `the server answers AUTH TLS with ${quoteReply(refusal)}`;
    const diagnosis: Diagnosis = {
      side: 'server',
      cause: 'TLS is not set up at the server: passwords and files would pass in the clear',
      remedy: 'at the server: give it a certificate and switch TLS on; or use sftp:// if it has SSH',
    };
    return login.tls === 'require' ? problem('not-trusted', seen, diagnosis) : warning(seen, diagnosis);
  } catch (thrown) {
    return handshakeProblem(thrown, false);
  }
}

function inTheClear(): Outcome {
  return warning('not asked for (--tls off)', {
    side: 'here',
    cause: 'the password and all files pass in the clear',
    remedy: 'leave --tls off away if the server can do TLS',
  });
}

function agreed({ tls }: FtpPatient): Outcome {
  const description = tls?.description ?? '';
  if (!description.startsWith('TLSv1.2')) return ok(`agreed on ${description}`);
  return ok(`agreed on ${description}; the server does not offer TLS 1.3`);
}

/** Words of OpenSSL for a handshake that fails, and what they mean. */
const handshakeFailures: readonly (readonly [RegExp, Diagnosis])[] = [
  [
    /wrong version number|packet length too long|http request/i,
    {
      side: 'here',
      cause: 'what answers does not speak TLS from the first octet',
      remedy: 'use ftpes:// (explicit TLS) for this port; ftps:// is for ports such as 990',
    },
  ],
  [
    /unsupported protocol|protocol version|handshake failure|no shared cipher|inappropriate fallback/i,
    {
      side: 'server',
      cause: 'the server offers only versions of TLS or ciphers that are broken (TLS 1.1 and older)',
      remedy: 'at the server: switch TLS 1.2 and 1.3 on',
    },
  ],
  [
    /certificate required|bad certificate|unknown ca/i,
    {
      side: 'account',
      cause: 'the server wants a certificate of the client, and none that it trusts was shown',
      remedy: 'give --cert and --key',
    },
  ],
];

function handshakeProblem(thrown: unknown, implicit: boolean): Outcome {
  const error =
    thrown instanceof WherryError ? thrown : new WherryError('protocol', String(thrown), { cause: thrown });
  const words = `${error.message} ${(error.cause as Error | undefined)?.message ?? ''}`;
  const known = handshakeFailures.find(([pattern]) => pattern.test(words))?.[1];
  return problem(
    error.code,
    error.message,
    known ?? {
      side: 'server',
      cause: implicit
        ? 'the server does not complete a TLS handshake on this port'
        : 'the server offers TLS and does not complete the handshake',
      remedy: 'at the server: see its log; certificate and key must fit together',
    },
  );
}

const day = 86_400_000;
/** Authorities renew certificates a month before their end; one that is left over for so long was forgotten. */
const soonMs = 14 * day;

/** Node's and OpenSSL's names for what is wrong with a certificate. */
const certificateProblems: Readonly<Record<string, { readonly cause: string; readonly remedy: string }>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    cause: 'nobody but the server itself vouches for it, as is usual for a server that made its own',
    remedy:
      "compare its SHA-256 with what the server's owner tells you, and trust it with --pin; or at the server: take one from an authority",
  },
  SELF_SIGNED_CERT_IN_CHAIN: {
    cause: 'the authority at the end of the chain is a private one',
    remedy: 'give the certificate of that authority with --ca FILE',
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    cause:
      'the server does not send the certificates between its own and the authority, or the authority is a private one',
    remedy: 'at the server: send the whole chain (fullchain.pem); for a private authority give --ca FILE',
  },
  CERT_HAS_EXPIRED: {
    cause:
      'the certificate was not renewed, or the server still uses the old one; or the clock here is wrong',
    remedy: 'at the server: renew it and have the server read it again',
  },
  CERT_NOT_YET_VALID: {
    cause: 'the clock of this machine is behind, or the certificate was made with a clock ahead',
    remedy: 'set the clock of this machine',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    cause: 'the server was called by a name or address that does not stand in its certificate',
    remedy: 'call it by a name that stands there; or at the server: have this name put into the certificate',
  },
};
const incomplete = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
const aliases: Readonly<Record<string, string>> = {
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: incomplete,
  UNABLE_TO_GET_ISSUER_CERT: incomplete,
};

/** Chain, name and dates of the certificate; a server that is not trusted is told no password. */
export async function judgeCertificate({ certificate, login }: FtpPatient): Promise<Outcome> {
  if (certificate === null) return ok('no TLS, so there is none');
  const { chain, problem: reason } = certificate;
  const [own] = chain;
  const described = describe(certificate);
  const untrusted = !(await (login.tlsOptions?.verifyCertificate?.(certificate) ?? certificate.authorized));
  const known = certificateProblems[aliases[reason ?? ''] ?? reason ?? ''];
  if (untrusted) {
    return problem(
      'not-trusted',
      `${described}; ${reason === null ? 'it is not the one that was pinned' : describeCertificateProblem(reason)}`,
      {
        side: reason === 'CERT_NOT_YET_VALID' ? 'here' : 'server',
        cause: known?.cause ?? 'the certificate is not one to trust, or not the one that was pinned',
        remedy: `${known?.remedy ?? 'compare its SHA-256 with what the owner of the server tells you'}. No password was sent; --insecure goes on all the same`,
      },
    );
  }
  if (reason !== null) {
    return warning(`${described}; ${describeCertificateProblem(reason)}`, {
      side: 'server',
      cause: `it is trusted only because this was asked for: ${known?.cause ?? 'no authority vouches for it'}`,
      remedy: known?.remedy ?? 'at the server: take a certificate from an authority',
    });
  }
  if (own !== undefined && own.validTo - Date.now() < soonMs) {
    return warning(described, {
      side: 'server',
      cause: 'it ends soon',
      remedy: 'at the server: see that it is renewed',
    });
  }
  return ok(`${described}; an authority that is trusted here vouches for it`);
}

function describe({ chain }: CertificateFacts): string {
  const [own] = chain;
  if (own === undefined) return 'the server shows no certificate';
  const until = new Date(own.validTo).toISOString().slice(0, 10);
  const names = own.names === '' ? own.subject.replaceAll('\n', ', ') : own.names;
  return `for ${names}, issued by ${own.issuer.replaceAll('\n', ', ')}, valid until ${until}, SHA-256 ${own.sha256.replaceAll(':', '').toLowerCase()}`;
}

/** Whether data connections resume the session of the control connection, and what happens to clients that cannot. */
export async function resumeOnData(patient: FtpPatient, signal: AbortSignal): Promise<Outcome> {
  if (!patient.protectData) return skipped('data connections are not in TLS');
  const way = workingWay(patient);
  if (way === null) return tlsOfFailedWays(patient);
  const { resumed } = patient.ways.get(way) ?? { resumed: null };
  const without = await transfer(patient, { way, verb: 'LIST', withoutResuming: true }, signal);
  if (without.stage === 'done') {
    return ok(
      resumed === true
        ? 'data connections resume the session of the control connection, and the server does not insist on it'
        : 'data connections begin TLS anew each time; the server does not insist on resuming',
    );
  }
  return warning(
    `a listing without resuming the session ends with ${endingOf(without)}${resumed === true ? '; with resuming it works' : ''}`,
    {
      side: 'server',
      cause:
        'the server demands that data connections resume the TLS session, which keeps strangers off them',
      remedy:
        'this program does it; programs that cannot (old curl, Python ftplib, some libraries) need another client, or at the server: do not require it (wherry: --tls-session-reuse prefer, vsftpd: require_ssl_reuse=NO, ProFTPD: TLSOptions NoSessionReuseRequired)',
    },
  );
}

function tlsOfFailedWays({ ways }: FtpPatient): Outcome {
  const failed = [...ways.values()].find((way) => isReuseRefusal(way));
  if (failed === undefined) return skipped('no data connection came about');
  return problem('not-trusted', `a listing ends with ${endingOf(failed)}`, {
    side: 'here',
    cause:
      'the server demands that data connections resume the TLS session, and they were not taken for resumed',
    remedy:
      'at the server: do not require it (wherry: --tls-session-reuse prefer, vsftpd: require_ssl_reuse=NO, ProFTPD: TLSOptions NoSessionReuseRequired); something between that ends TLS itself has the same effect',
  });
}

/** Whether a transfer failed as servers let it fail that miss the TLS session. */
export function isReuseRefusal({ stage, reply }: DataResult): boolean {
  if (stage === 'tls') return true;
  const text = reply?.lines.join(' ') ?? '';
  return (
    reply?.code === 522 || (reply !== null && reply.code >= 400 && /session re-?use|reuse|resum/i.test(text))
  );
}

function endingOf({ reply, failure }: DataResult): string {
  return reply === null ? `"${failure ?? 'the connection closed'}"` : quoteReply(reply);
}
