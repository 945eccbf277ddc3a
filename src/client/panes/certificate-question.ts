import type { CertificateQuestion } from '#protocols/http/contract/page/trust.ts';
import type { UntrustedCertificate } from '../options.ts';
import type { TrustedCertificate } from '../trust/trusted-certificates.ts';

/** A certificate that nobody vouches for, as a person is asked about it. */
export function certificateQuestion(
  certificate: UntrustedCertificate,
  about: {
    readonly connection: string | null;
    readonly protocol: string;
    readonly known: TrustedCertificate | null;
  },
): Omit<CertificateQuestion, 'id' | 'askedAt'> {
  const { host, port, reason, subject, issuer, sha256, validFrom, validUntil } = certificate;
  return {
    kind: 'certificate',
    connection: about.connection,
    host,
    port,
    protocol: about.protocol,
    security: 'TLS',
    reasons: [reason],
    chain: [
      {
        subject,
        issuer,
        names: [],
        validFrom,
        validTo: validUntil,
        sha256,
        sha1: '',
        serialNumber: '',
        publicKey: '',
        signatureAlgorithm: '',
      },
    ],
    previousSha256: about.known?.sha256 ?? null,
  };
}
