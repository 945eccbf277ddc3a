import { disconnectReason } from '../wire/messages.ts';
import { SshDisconnect } from '../wire/ssh-error.ts';

/** A packet is not what the peer sent. */
export function macError(): SshDisconnect {
  return new SshDisconnect(
    disconnectReason.macError,
    'Cannot go on: a packet was changed on the way, or its keys are not ours',
    'integrity',
  );
}
