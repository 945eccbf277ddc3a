import { randomUUID } from 'node:crypto';
import type { ConnectionRecord } from '#protocols/http/contract/page/files.ts';
import type { Question } from '#protocols/http/contract/page/trust.ts';

/** What a host asks before its login, by the first word of its name; null for a host that everybody trusts. */
export function hostQuestion(connection: ConnectionRecord): Question | null {
  const { host, port, protocol, id, user } = connection;
  if (host === null || port === null) return null;
  const base = { id: randomUUID(), connection: id, askedAt: Date.now(), host, port };
  switch (host.split('.')[0]) {
    case 'unknown':
    case 'changed': {
      const changed = host.startsWith('changed');
      return {
        ...base,
        kind: 'host-key',
        algorithm: 'ssh-ed25519',
        fingerprint: 'SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8',
        changed,
        previousFingerprint: changed ? 'SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDmwQ7rWkYpGJf1aPA' : null,
      };
    }
    case 'plain':
      return { ...base, kind: 'insecure', protocol, reason: 'The server offers no encryption.' };
    case 'code':
      return {
        ...base,
        kind: 'login',
        user: user ?? '',
        title: 'Two-step login',
        instruction: 'Enter the code of your authenticator.',
        prompts: [
          { text: 'Password:', echo: false },
          { text: 'Code:', echo: true },
        ],
        attempt: 1,
      };
    case 'cert':
      return {
        ...base,
        kind: 'certificate',
        protocol,
        security: 'TLS 1.3, TLS_AES_256_GCM_SHA384',
        reasons: ['It was signed by itself, not by an authority that this machine trusts.'],
        chain: [
          {
            subject: `CN=${host}`,
            issuer: `CN=${host}`,
            names: [host],
            validFrom: Date.UTC(2026, 0, 1),
            validTo: Date.UTC(2027, 0, 1),
            sha256: 'AB:CD:EF:01:23:45:67:89'.repeat(4),
            sha1: '01:23:45:67:89:AB:CD:EF:01:23',
            serialNumber: '01:8f:3a',
            publicKey: 'EC, 256 bits',
            signatureAlgorithm: 'ecdsa-with-SHA256',
          },
        ],
        previousSha256: null,
      };
    default:
      return null;
  }
}
