/** Everything a client can make grow, with the reason for its cap. Sizes in octets. */
export interface SftpLimits {
  /** Longest packet, as OpenSSH has it (SFTP_MAX_MSG_LENGTH) and `limits@openssh.com` tells. */
  readonly packetLength: number;
  /** Longest READ and WRITE: a packet less its other fields, as OpenSSH has it. */
  readonly transferLength: number;
  /** Open files and directories: clients with many parallel transfers use dozens. */
  readonly handles: number;
  /** Octets of requests and answers in work: some milliseconds of the fastest link, and all that a session may pin. */
  readonly outstandingBytes: number;
  /** Requests in work, so that small ones are bounded as well. */
  readonly outstandingRequests: number;
  /** Answer of a READDIR: clients of some age take no packet longer than 34000. */
  readonly listingLength: number;
  /** Blocks of one check-file answer. */
  readonly checkBlocks: number;
  /** Names of one users-groups-by-id question. */
  readonly identifiers: number;
}

/** The limits where the caller sets no others. */
export const defaultSftpLimits: SftpLimits = Object.freeze({
  packetLength: 262_144,
  transferLength: 261_120,
  handles: 1024,
  outstandingBytes: 4 * 1024 * 1024,
  outstandingRequests: 256,
  listingLength: 32_768,
  checkBlocks: 4096,
  identifiers: 1024,
});
