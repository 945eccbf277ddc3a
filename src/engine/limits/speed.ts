import { RateLimiter } from '#core/rate-limit.ts';
import type { SpeedLimits } from '#core/limits.ts';

/** A rate limiter for each direction, whose rates may change while octets pass. */
export class SpeedPair {
  readonly upload = new RateLimiter(0);
  readonly download = new RateLimiter(0);

  /** Whether any direction is held back. */
  get limited(): boolean {
    return this.upload.limited || this.download.limited;
  }

  /** Sets both rates; null for none. What runs notices with its next piece. */
  set(limits: SpeedLimits | null): void {
    this.upload.bytesPerSecond = limits?.uploadBytesPerSecond ?? 0;
    this.download.bytesPerSecond = limits?.downloadBytesPerSecond ?? 0;
  }
}
