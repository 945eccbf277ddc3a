/** The number after 65535: 0 by common use, 1 with some avionics and older peers. No RFC says. */
export type Rollover = 0 | 1;

const highest = 0xffff;

/** The number on the wire of the `count`-th block, counted from 1 without end. */
export function wireNumber(count: number, rollover: Rollover): number {
  if (count <= highest) return count;
  return rollover === 0 ? count % (highest + 1) : ((count - 1) % highest) + 1;
}

/**
 * How many blocks after the `reference`-th one the block with this number on the wire is: 0 for the reference
 * itself; a large number for one that lies before it.
 */
export function distanceFrom(reference: number, wire: number, rollover: Rollover): number {
  const from = wireNumber(reference, rollover);
  if (rollover === 0 || reference === 0) return (wire - from) & highest;
  // Zero does not come again in a count that rolls over to one.
  if (wire === 0) return highest;
  return wire >= from ? wire - from : wire - from + highest;
}
