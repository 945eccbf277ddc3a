import type { HashAlgorithm } from '#core/checksum.ts';
import type { Credential } from '#core/authentication.ts';
import { rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { defaultFacts, type FactSelection } from '../wire/facts.ts';

/** The representation of RFC 959 section 3.1.1 as this server keeps it: text or octets. */
export type RepresentationType = 'ascii' | 'image';

/** How far a login has come (RFC 959 section 6). */
export type LoginStage = 'need-user' | 'need-password' | 'need-account' | 'ready';

/** Which octets the next transfer moves: from REST, or between two positions from RANG. */
export interface RestartMarker {
  readonly start: number;
  /** The last octet, inclusive; null for the end of the file. */
  readonly end: number | null;
}

/** What TYPE, STRU, MODE, OPTS and the like have set. */
export class TransferParameters {
  type: RepresentationType = 'ascii';
  structure: 'file' | 'record' = 'file';
  mode: 'stream' | 'block' | 'deflate' = 'stream';
  compressionLevel = 7;
  hashAlgorithm: HashAlgorithm = 'SHA-256';
  /** The facts that MLSD and MLST tell, as OPTS MLST has selected them. */
  facts: FactSelection = defaultFacts;
  umask = 0o022;
}

/** The login as it stands, and what led there. */
export class LoginState {
  stage: LoginStage = 'need-user';
  user = '';
  accepted: Credential[] = [];
  /** The kinds of proof that are demanded besides those. */
  wanted: readonly Credential['kind'][] = [];
  /** Failed logins on this connection. */
  failures = 0;
  /** The name from HOST. */
  host: string | null = null;
}

/** What one command can say for a later one. */
export type PendingName = 'rename' | 'copy' | 'restart';

/** What holds for the next command only. */
export class PendingState {
  /** The path of RNFR. */
  rename: VirtualPath | null = null;
  /** The path of SITE CPFR. */
  copy: VirtualPath | null = null;
  restart: RestartMarker | null = null;

  /** Every command forgets what was said for another one. */
  forgetAllBut(kept: readonly PendingName[] = []): void {
    if (!kept.includes('rename')) this.rename = null;
    if (!kept.includes('copy')) this.copy = null;
    if (!kept.includes('restart')) this.restart = null;
  }
}

/** The security of both channels (RFC 2228, RFC 4217). */
export class SecurityState {
  /** Whether PBSZ has been given. */
  bufferSizeSet = false;
  protectData = false;
  /** SSCN: this server is the TLS client of data connections with files. */
  clientMode = false;
  /** CCC has been given: the levels are frozen. */
  frozen = false;
}

/** Everything a control connection remembers between commands. */
export class FtpState {
  directory: VirtualPath = rootPath;
  parameters = new TransferParameters();
  login = new LoginState();
  pending = new PendingState();
  security = new SecurityState();
  /** EPSV ALL: every other way of naming a data address is refused (RFC 2428). */
  extendedPassiveOnly = false;
  /** OPTS EPSV-AHEAD: passive ports queue up, one for each of the coming transfers. */
  portsAhead = false;
  idleTimeoutMs: number;
  badCommands = 0;
  clientName: string | null = null;

  constructor(idleTimeoutMs: number) {
    this.idleTimeoutMs = idleTimeoutMs;
  }
}
