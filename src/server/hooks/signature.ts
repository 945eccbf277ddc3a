import { createHmac } from 'node:crypto';
import type { Secret } from '#core/secret.ts';

/** Marks a secret whose octets are given in base64. */
const base64Mark = 'whsec_';

/**
 * The headers that let a receiver check who has sent a message, when, and that it is told once (Standard Webhooks
 * 1.0.0): HMAC-SHA256 over `id.timestamp.body`, the timestamp in seconds.
 */
export function signatureHeaders(
  message: { readonly id: string; readonly body: string },
  secret: Secret | undefined,
  now: number,
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const headers = { 'webhook-id': message.id, 'webhook-timestamp': timestamp };
  if (secret === undefined) return headers;
  const signature = createHmac('sha256', keyOf(secret))
    .update(`${message.id}.${timestamp}.${message.body}`)
    .digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}

function keyOf(secret: Secret): Buffer {
  const text = secret.reveal();
  return text.startsWith(base64Mark)
    ? Buffer.from(text.slice(base64Mark.length), 'base64')
    : Buffer.from(text, 'utf8');
}
