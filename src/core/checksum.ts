/** The digests that wherry computes, by the names of RFC draft-bryan-ftpext-hash and IANA, strongest first. */
export const hashAlgorithms = ['SHA-512', 'SHA-256', 'SHA-1', 'MD5', 'CRC32'] as const;

/** One of {@link hashAlgorithms}. */
export type HashAlgorithm = (typeof hashAlgorithms)[number];
