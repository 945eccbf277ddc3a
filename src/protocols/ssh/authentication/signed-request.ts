import { message } from '../wire/messages.ts';
import { WireWriter } from '../wire/wire-writer.ts';

/** What a public key request signs (RFC 4252 section 7): the session, and the request up to the key. */
export function signedRequest(request: {
  readonly sessionId: Buffer;
  readonly user: string;
  readonly service: string;
  readonly algorithm: string;
  readonly blob: Buffer;
}): Buffer {
  return new WireWriter()
    .string(request.sessionId)
    .byte(message.authenticationRequest)
    .string(request.user)
    .string(request.service)
    .string('publickey')
    .boolean(true)
    .string(request.algorithm)
    .string(request.blob)
    .finish();
}
