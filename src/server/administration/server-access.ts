import type {
  CertificateRecord,
  HostKeyRecord,
  ListenerRecord,
} from '#protocols/http/contract/admin/records.ts';

/** What a server shows of itself. */
export interface ServerAccess {
  readonly version: string;
  /** False where the command line works on the database alone. */
  readonly running: boolean;
  /** Milliseconds since 1970 in UTC. */
  readonly startedAt: number;
  listeners(): readonly ListenerRecord[];
  certificates(): readonly CertificateRecord[];
  hostKeys(): readonly HostKeyRecord[];
}
