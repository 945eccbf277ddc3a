import type { X509Certificate } from 'node:crypto';
import type { CertificateRecord } from '#protocols/http/contract/admin/records.ts';

/** A certificate as an administrator wants to see it. */
export function certificateFacts(certificate: X509Certificate): CertificateRecord {
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: (certificate.subjectAltName ?? '')
      .split(', ')
      .map((name) => name.replace(/^(?:DNS|IP Address):/u, ''))
      .filter((name) => name !== ''),
    validFrom: certificate.validFromDate.getTime(),
    validTo: certificate.validToDate.getTime(),
    sha256: certificate.fingerprint256,
  };
}

function oneLine(name: string): string {
  return name.replaceAll('\n', ', ');
}
