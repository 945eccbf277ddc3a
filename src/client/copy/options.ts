import type { HashAlgorithm } from '#core/checksum.ts';
import type { Entry } from '#core/entry.ts';
import type { FileSystem, OperationOptions } from '#core/file-system.ts';
import type { RateLimiter } from '#core/rate-limit.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { RetryNotice, RetryPolicy } from '../retry.ts';
import type { ProgressListener } from './progress.ts';

/** A file, or a place for one, in any file system. */
export interface FilePlace {
  readonly fileSystem: FileSystem;
  readonly path: VirtualPath;
}

/** Names of digests as they are written in options and on command lines. */
export type DigestName = 'sha512' | 'sha256' | 'sha1' | 'md5' | 'crc32';

/** The algorithm that each name stands for. */
export const digestNames: Readonly<Record<DigestName, HashAlgorithm>> = {
  sha512: 'SHA-512',
  sha256: 'SHA-256',
  sha1: 'SHA-1',
  md5: 'MD5',
  crc32: 'CRC32',
};

/** How one file is copied. */
export interface CopyFileOptions extends OperationOptions, RetryPolicy {
  /** What a listing has said of the source, to spare asking for it. */
  readonly entry?: Entry | undefined;
  /** A listing has just said that nothing has the target's name, which spares looking (default false). */
  readonly absent?: boolean | undefined;
  /**
   * Go on with what an earlier copy has left, after checking that it belongs to this source (default false). `parts`
   * does so only with what lies beside the target, and takes no file under its name for the beginning of this one.
   */
  readonly resume?: boolean | 'parts' | undefined;
  /**
   * Compare digests with the server, computed while the octets pass. By default the strongest that the server
   * offers, if any; a name asks for that one; `false` compares sizes alone.
   */
  readonly verify?: boolean | DigestName | undefined;
  /** Parts of the file to move side by side over connections of their own (default 1). */
  readonly segments?: number | undefined;
  /** Replace an existing target (default true), or fail with `exists`. */
  readonly overwrite?: boolean | undefined;
  /** Give the target the source's time of modification (default true). */
  readonly keepTimes?: boolean | undefined;
  /** Give the target the source's permission bits (default false). */
  readonly keepMode?: boolean | undefined;
  /** Permission bits of the target, before the mask of its storage. */
  readonly mode?: number | undefined;
  /** Take what was read of a file that changes meanwhile, instead of failing with `busy` (default false). */
  readonly allowChanging?: boolean | undefined;
  /**
   * Let two FTP servers move the file between them: where they can (`auto`, default), or fail (`require`); `off` has
   * all octets pass through here.
   */
  readonly serverToServer?: 'auto' | 'require' | 'off' | undefined;
  readonly limiter?: RateLimiter | undefined;
  readonly onProgress?: ProgressListener | undefined;
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
}

/** How it is known that the target is what the source was. */
export type Verification =
  | { readonly by: 'checksum'; readonly algorithm: HashAlgorithm; readonly digest: string }
  | { readonly by: 'size' };

/** A copy that is done. */
export interface CopyResult {
  /** Octets of the file. */
  readonly bytes: number;
  /** Octets that this copy has moved; fewer where it went on with an earlier one. */
  readonly movedBytes: number;
  readonly durationMs: number;
  readonly verification: Verification;
  /** Tries that it took. */
  readonly attempts: number;
  /** Whether the target bears the source's time. */
  readonly timesKept: boolean;
  /** Whether the octets went from server to server, or stayed within one, and never came here. */
  readonly atServer: boolean;
}
