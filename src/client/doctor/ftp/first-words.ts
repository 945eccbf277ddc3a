/** What a service is by the first octets it sends; the first row that fits counts. */
const services: readonly (readonly [pattern: RegExp, name: string, advice: string])[] = [
  [
    /^220[ -].*\b(?:SMTP|ESMTP|Postfix|Exim|Sendmail)\b/i,
    'a mail server (SMTP)',
    'use the port of the FTP server',
  ],
  [/^\d{3}[ -]/, 'an FTP server', 'use ftp://'],
  [/^SSH-/, 'an SSH server', 'use sftp:// for this port'],
  [/^HTTP\/|^<(?:!doctype|html)/i, 'a web server', 'use the port of the FTP server'],
  [/^\+OK/, 'a mail server (POP3)', 'use the port of the FTP server'],
  [/^\* OK/, 'a mail server (IMAP)', 'use the port of the FTP server'],
  [/^RFB /, 'a remote desktop (VNC)', 'use the port of the FTP server'],
  // oxlint-disable-next-line no-control-regex -- TLS records begin with control characters
  [/^[\u0014-\u0017]\u0003/, 'a server that speaks TLS from the first octet', 'use ftps:// for this port'],
  [/^\u00ff[\u00fb-\u00fe]/, 'a telnet server', 'use the port of the FTP server'],
];

/** A service that was recognised, and what to do for it. */
export interface RecognisedService {
  readonly name: string;
  readonly advice: string;
}

/** What answers there, by the first octets it sent; null for what nobody knows. */
export function recogniseService(octets: Uint8Array): RecognisedService | null {
  const text = Buffer.from(octets).toString('latin1');
  const found = services.find(([pattern]) => pattern.test(text));
  return found === undefined ? null : { name: found[1], advice: found[2] };
}

/** Whether the first octets are those of an FTP server: a reply (RFC 959 section 4.2), and not that of mail. */
export function looksLikeFtp(octets: Uint8Array): boolean {
  return recogniseService(octets)?.name === 'an FTP server';
}
