/** What Node and OpenSSL name by a code, in plain words (verify(1), Node's tls documentation). */
const words: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its chain is not complete',
  UNABLE_TO_GET_ISSUER_CERT: 'its chain is not complete',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its chain is not complete',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  CERT_REVOKED: 'it has been revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another name',
};

/** Why a certificate is not trusted, for people: a sentence about "it", or the code itself where it is a rare one. */
export function describeCertificateProblem(code: string | null): string {
  return code === null ? 'nobody vouches for it' : (words[code] ?? code);
}
