/**
 * Uploads of the browser's own files speak tus 1.0 (core, creation, termination, checksum optional) under this path.
 * `Upload-Metadata` has these keys, each base64 of UTF-8 as tus demands; what is in them is checked like any path.
 * The upload becomes visible under its name when its last byte has come. A session that expires in the middle answers
 * 401; after a new login of the same account the upload goes on where it was.
 */
export const uploadsPath = '/uploads';

export interface UploadMetadata {
  /** The connection that takes the file; `account` in the hosted mode. */
  readonly connection: string;
  /** The directory that takes it. */
  readonly directory: string;
  /** Below the directory, with `/` between: folders that were dropped are made on the way. */
  readonly relativePath: string;
  /** Milliseconds since 1970, decimal. */
  readonly modifiedAt?: string;
  /** What to do when the name is taken; `skip` ends the creation with 409 and the code `exists`. */
  readonly existing: 'overwrite' | 'rename' | 'skip';
}

/** Octets in one PATCH; small enough for what stands before servers (100 MB is a common limit). */
export const uploadChunkBytes = 32 * 1024 * 1024;
