/** How fast octets may move, a second; null for as fast as they can. */
export interface SpeedLimits {
  readonly uploadBytesPerSecond: number | null;
  readonly downloadBytesPerSecond: number | null;
}

/** How much may be moved in a span of time; null for any amount. Days and months are UTC's. */
export interface VolumeLimits {
  readonly uploadBytesPerDay: number | null;
  readonly downloadBytesPerDay: number | null;
  readonly uploadBytesPerMonth: number | null;
  readonly downloadBytesPerMonth: number | null;
}

/** What one account may use of the server; null means no limit of its own. */
export interface AccountLimits {
  /** Octets of all files in the account's tree. */
  readonly quotaBytes: number | null;
  /** Files in the account's tree. */
  readonly quotaFiles: number | null;
  /** Octets of one uploaded file, while it arrives. */
  readonly largestFileBytes: number | null;
  /** Sessions at a time of this account, and of this account from one address. */
  readonly sessions: number | null;
  readonly sessionsPerAddress: number | null;
  /** Shared by all sessions of the account. */
  readonly accountSpeed: SpeedLimits;
  /** For each session alone. */
  readonly sessionSpeed: SpeedLimits;
  readonly volume: VolumeLimits;
  /** Time without a command or a transfer after which a session ends; null for the server's. */
  readonly idleTimeoutMs: number | null;
  /** Longest life of a session; null for any. */
  readonly sessionTimeoutMs: number | null;
}

const noSpeedLimits: SpeedLimits = Object.freeze({
  uploadBytesPerSecond: null,
  downloadBytesPerSecond: null,
});

/** An account without any limit of its own. */
export const noAccountLimits: AccountLimits = Object.freeze({
  quotaBytes: null,
  quotaFiles: null,
  largestFileBytes: null,
  sessions: null,
  sessionsPerAddress: null,
  accountSpeed: noSpeedLimits,
  sessionSpeed: noSpeedLimits,
  volume: Object.freeze({
    uploadBytesPerDay: null,
    downloadBytesPerDay: null,
    uploadBytesPerMonth: null,
    downloadBytesPerMonth: null,
  }),
  idleTimeoutMs: null,
  sessionTimeoutMs: null,
});
