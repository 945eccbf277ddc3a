import { WherryError, type ErrorCode } from '#core/errors.ts';
import { disconnectReason } from './messages.ts';

/** What ends a connection from our side: the error for us, and the reason number for the peer. */
export class SshDisconnect extends WherryError {
  readonly reason: number;

  constructor(reason: number, message: string, code: ErrorCode = 'protocol') {
    super(code, message);
    this.reason = reason;
  }
}

/** The peer sent something that the protocol forbids. */
export function protocolError(message: string): SshDisconnect {
  return new SshDisconnect(disconnectReason.protocolError, message);
}
