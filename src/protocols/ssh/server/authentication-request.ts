import { WireReader } from '../wire/wire-reader.ts';

/** The fields that every USERAUTH_REQUEST has (RFC 4252 section 5). */
export interface AuthenticationRequest {
  readonly user: string;
  readonly service: string;
  readonly method: string;
  /** Stands at the fields of the method. */
  readonly fields: WireReader;
}

/** Reads a USERAUTH_REQUEST. */
export function parseAuthenticationRequest(payload: Buffer): AuthenticationRequest {
  const fields = new WireReader(payload, 1);
  return { user: fields.text(), service: fields.text(), method: fields.text(), fields };
}
