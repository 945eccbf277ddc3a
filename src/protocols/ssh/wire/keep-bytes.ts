/**
 * A copy for as long as a connection lives. `Buffer.from` would take it from a slab that it shares with short-lived
 * neighbours, and a thousand connections would hold on to a thousand slabs.
 */
export function keepBytes(bytes: Uint8Array): Buffer {
  const kept = Buffer.allocUnsafeSlow(bytes.length);
  kept.set(bytes);
  return kept;
}
