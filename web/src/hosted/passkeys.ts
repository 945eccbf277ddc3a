import type { LoginReply, PasskeyJson, PasskeyRecord } from '#protocols/http/contract/page/session.ts';
import { call, PageError } from '../api/call.ts';

const refused = (message: string): PageError =>
  new PageError({ code: 'login-refused', message, retryable: true }, 0);

/** Logs in with a passkey of this device. @throws PageError also when somebody cancels */
export async function askPasskey(): Promise<LoginReply> {
  const { challenge, options } = await call('POST /session/passkey/begin');
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  const credential = await navigator.credentials.get({ publicKey }).catch(() => null);
  if (credential === null) throw refused('No passkey was used.');
  return call('POST /session/passkey/finish', { body: { challenge, credential: jsonOf(credential) } });
}

/** Makes a passkey on this device for the account that is logged in. */
export async function makePasskey(name: string): Promise<PasskeyRecord> {
  const { challenge, options } = await call('POST /passkeys/begin');
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  const credential = await navigator.credentials.create({ publicKey }).catch(() => null);
  if (credential === null) throw refused('No passkey was made.');
  return call('POST /passkeys/finish', { body: { challenge, name, credential: jsonOf(credential) } });
}

function jsonOf(credential: Credential): PasskeyJson {
  return (credential as PublicKeyCredential).toJSON() as unknown as PasskeyJson;
}
