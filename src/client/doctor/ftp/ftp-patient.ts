import type { DataWay } from '#protocols/ftp/client/host-memory.ts';
import { Conversation } from '#protocols/ftp/client/control/conversation.ts';
import type { ControlLink } from '#protocols/ftp/client/control/control-link.ts';
import type { CertificateFacts, FtpClientOptions } from '#protocols/ftp/client/options.ts';
import type { TlsClient } from '#protocols/ftp/client/tls/tls-client.ts';
import type { Features } from '#protocols/ftp/wire/features.ts';
import type { DataResult } from './data-result.ts';
import type { Address } from '../../address.ts';
import type { Patient } from '../patient.ts';

/** An FTP server under examination, and what is known of it so far. */
export interface FtpPatient extends Patient {
  /** User, password and TLS as every other command of this program would use them. */
  readonly login: FtpClientOptions;
  readonly conversation: Conversation;
  link: ControlLink | null;
  tls: TlsClient | null;
  /** What the server showed of itself in TLS; null in the clear. */
  certificate: CertificateFacts | null;
  /** Whether data connections are in TLS too. */
  protectData: boolean;
  features: Features;
  /** How the listing went over each way that was tried. */
  readonly ways: Map<DataWay, DataResult>;
  /** When a file was written by the clock here, and its time by the server's; null while none was. */
  clock: { readonly startedMs: number; readonly fileMs: number | null } | null;
}

/** Makes an examination of FTP from that of any server. */
export function ftpPatient(patient: Patient, login: FtpClientOptions): FtpPatient {
  return Object.assign(patient, {
    login,
    conversation: new Conversation(patient.options.onConversation),
    link: null,
    tls: null,
    certificate: null,
    protectData: false,
    features: new Map<string, string>(),
    ways: new Map<DataWay, DataResult>(),
    clock: null,
  });
}

/** A way that a listing came over; the first that was tried wins. */
export function workingWay({ ways }: FtpPatient): DataWay | null {
  for (const [way, { stage }] of ways) if (stage === 'done') return way;
  return null;
}

/** What the URL names, without slashes at its end; empty for the login directory. */
export function directoryOf({ path, isAbsolute }: Address): string {
  return `${isAbsolute ? '/' : ''}${path}`.replace(/(?<=.)\/+$/, '');
}
