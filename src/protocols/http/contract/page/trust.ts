import type { EntryRecord } from './files.ts';
import type { ExistingFileChoice, TransferRecord } from './queue.ts';

interface QuestionBase {
  readonly id: string;
  /** The connection that waits for the answer; null when it is a transfer's alone. */
  readonly connection: string | null;
  readonly askedAt: number;
}

/** A certificate as a person checks it. */
export interface CertificateDetails {
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly string[];
  readonly validFrom: number;
  readonly validTo: number;
  readonly sha256: string;
  readonly sha1: string;
  readonly serialNumber: string;
  readonly publicKey: string;
  readonly signatureAlgorithm: string;
}

/** The server's certificate is not trusted, for these reasons. */
export interface CertificateQuestion extends QuestionBase {
  readonly kind: 'certificate';
  readonly host: string;
  readonly port: number;
  readonly protocol: string;
  /** TLS version and cipher. */
  readonly security: string;
  readonly reasons: readonly string[];
  /** Leaf first. */
  readonly chain: readonly CertificateDetails[];
  /** The fingerprint trusted before, when the certificate has changed. */
  readonly previousSha256: string | null;
}

/** The host key is unknown, or (an alarm) another than before. */
export interface HostKeyQuestion extends QuestionBase {
  readonly kind: 'host-key';
  readonly host: string;
  readonly port: number;
  readonly algorithm: string;
  /** `SHA256:…` as OpenSSH writes it. */
  readonly fingerprint: string;
  readonly changed: boolean;
  readonly previousFingerprint: string | null;
}

/** A password would go over the network in the clear. */
export interface InsecureQuestion extends QuestionBase {
  readonly kind: 'insecure';
  readonly host: string;
  readonly port: number;
  readonly protocol: string;
  /** Why there is no encryption: not offered, or not asked for. */
  readonly reason: string;
}

/** Prompts of the server (keyboard-interactive, ACCT), or a password that the site asks for each time. */
export interface LoginQuestion extends QuestionBase {
  readonly kind: 'login';
  readonly host: string;
  readonly user: string;
  readonly title: string;
  readonly instruction: string;
  readonly prompts: readonly { readonly text: string; readonly echo: boolean }[];
  readonly attempt: number;
}

/** The target of a transfer exists. */
export interface ExistingFileQuestion extends QuestionBase {
  readonly kind: 'existing-file';
  readonly transfer: TransferRecord;
  readonly source: EntryRecord;
  readonly target: EntryRecord;
  /** Whether this transfer can go on where the target ends. */
  readonly resumable: boolean;
}

/** The store of the sites is locked, and a site needs its password. */
export interface UnlockQuestion extends QuestionBase {
  readonly kind: 'unlock';
  readonly attempt: number;
}

export type Question =
  | CertificateQuestion
  | HostKeyQuestion
  | InsecureQuestion
  | LoginQuestion
  | ExistingFileQuestion
  | UnlockQuestion;

/** Answers by the kind of the question; `cancel` fits all of them. */
export type QuestionAnswer =
  | { readonly answer: 'cancel' }
  | { readonly answer: 'trust'; readonly remember: boolean }
  | { readonly answer: 'continue'; readonly remember: boolean }
  | {
      readonly answer: 'login';
      readonly responses: readonly string[];
      /** Keeps the password for this run, or with the site. */
      readonly remember: 'no' | 'run' | 'site';
    }
  | {
      readonly answer: 'existing-file';
      readonly choice: ExistingFileChoice;
      /** For `rename`. */
      readonly newName?: string;
      /** Further questions get the same answer: of this queue, of its uploads, or of its downloads. */
      readonly always: 'no' | 'queue' | 'direction';
      /** Makes it the default of the settings of the queue. */
      readonly asDefault: boolean;
    }
  | { readonly answer: 'unlock'; readonly password: string };

/** What this user has trusted. */
export interface TrustRecord {
  readonly id: string;
  readonly kind: 'certificate' | 'host-key' | 'insecure';
  readonly host: string;
  readonly port: number;
  /** Algorithm and fingerprint. */
  readonly details: string;
  readonly addedAt: number | null;
}

export interface TrustRoutes {
  'GET /questions': { reply: { readonly questions: readonly Question[] } };
  /** `not-found` when somebody (another tab) has answered, or the connection is gone. */
  'POST /questions/:question/answer': {
    params: { readonly question: string };
    body: QuestionAnswer;
    reply: null;
  };
  'GET /trust': { reply: { readonly records: readonly TrustRecord[] } };
  'DELETE /trust/:record': { params: { readonly record: string }; reply: null };
}
