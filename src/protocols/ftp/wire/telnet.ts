/** The octets of the telnet protocol (RFC 854) that an FTP control connection has to know. */
export const telnet = {
  subnegotiationEnd: 0xf0,
  dataMark: 0xf2,
  interrupt: 0xf4,
  subnegotiation: 0xfa,
  will: 0xfb,
  wont: 0xfc,
  do: 0xfd,
  dont: 0xfe,
  iac: 0xff,
} as const;

/** The lowest octet that is a telnet command after IAC. */
export const lowestTelnetCommand = 0xf0;

export const carriageReturn = 0x0d;
export const lineFeed = 0x0a;
