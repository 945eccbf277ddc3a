import { WherryError } from '#core/errors.ts';
import type { PendingLogin } from '#engine/login-defence.ts';
import type { LoginServices } from './services.ts';

/**
 * Lets somebody try to come in, unless the server is full or their network has guessed too often.
 *
 * @param reason what too much guessing is called here, in words for the browser
 * @returns their share in the defence, to be ended by the caller
 * @throws WherryError `too-many`
 */
export function admit(
  { defence, sessions, events }: LoginServices,
  remoteAddress: string,
  reason: string,
): PendingLogin {
  const full = sessions.refusal(remoteAddress);
  const admission = defence.admit(remoteAddress);
  if (full === null && admission.admitted) return admission.login;
  if (admission.admitted) admission.login.end();
  const why = full ?? reason;
  events.emit({ event: 'session-refused', protocol: 'http', remoteAddress, reason: why });
  throw new WherryError('too-many', why);
}
