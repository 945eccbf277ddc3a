import { WherryError } from '#core/errors.ts';

/** Why something ended that a signal has stopped: the reason where it is an error of ours, else `aborted`. */
export function stoppedError(signal: AbortSignal, action: string): WherryError {
  const reason: unknown = signal.reason;
  if (reason instanceof WherryError) return reason;
  return new WherryError('aborted', `Cannot ${action}: it was stopped`, { cause: reason });
}
