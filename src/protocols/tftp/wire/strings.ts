/** Splits what follows an opcode into its strings, each ended by NUL; null when the last one has no end. */
export function splitStrings(packet: Uint8Array): readonly Uint8Array[] | null {
  const strings: Uint8Array[] = [];
  let start = 2;
  while (start < packet.length) {
    const end = packet.indexOf(0, start);
    if (end < 0) return null;
    strings.push(packet.subarray(start, end));
    start = end + 1;
  }
  return strings;
}

/** Joins strings behind an opcode, each ended by NUL. */
export function joinStrings(opcode: number, strings: readonly (string | Uint8Array)[]): Buffer {
  const parts: Uint8Array[] = [Buffer.from([0, opcode])];
  for (const text of strings)
    parts.push(typeof text === 'string' ? Buffer.from(text, 'latin1') : text, Buffer.of(0));
  return Buffer.concat(parts);
}
