/** What a TFTP peer can make grow, and how far; the numbers of the RFCs where they give any. */

/** Octets of a request packet (RFC 2347 section 3); longer ones are malformed. */
export const maximumRequestBytes = 512;

/** Option and value pairs read from one packet: more than all registered options together. */
export const maximumOptions = 16;

/** RFC 2348: the smallest and the largest data field, and the one that holds without the option (RFC 1350). */
export const minimumBlockSize = 8;
export const maximumBlockSize = 65_464;
export const defaultBlockSize = 512;

/** RFC 2349: seconds between retransmissions that a client may ask for. */
export const minimumTimeoutSeconds = 1;
export const maximumTimeoutSeconds = 255;

/** RFC 7440: blocks in a row without an acknowledgement. */
export const minimumWindowSize = 1;
export const maximumWindowSize = 65_535;

/** Characters of an error message that are sent or shown; a peer's may be as long as its packet. */
export const maximumMessageLength = 200;

/** Octets of the header before the data of a block. */
export const headerBytes = 4;
