import { keepBytes } from '../wire/keep-bytes.ts';

/**
 * The 12-octet IV of RFC 5647 section 7.1: four fixed octets and a counter of eight that steps with every packet.
 */
export class InvocationCounter {
  readonly iv: Buffer;

  constructor(iv: Buffer) {
    this.iv = keepBytes(iv);
  }

  step(): void {
    for (let index = 11; index >= 4; index -= 1) {
      const next = ((this.iv[index] ?? 0) + 1) & 0xff;
      this.iv[index] = next;
      if (next !== 0) return;
    }
  }
}
