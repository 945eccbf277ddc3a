import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NativeRoom } from '#native/contract.ts';
import { linuxRoom } from '#native/linux/room.ts';
import { portableRoom } from '#native/portable/room.ts';

/** Every implementation that runs here, so that one suite holds them to the same behaviour. */
export const rooms: readonly { readonly mode: string; readonly room: NativeRoom }[] = [
  { mode: 'portable', room: portableRoom },
  ...(linuxRoom === undefined ? [] : [{ mode: 'addon', room: linuxRoom }]),
];

/** Makes a directory that goes with the test. */
export function temporaryDirectory(context: { after(action: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'wherry-native-'));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** How many descriptors the process has open. */
export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Lets the event loop turn until closing has settled; the runner's time-out ends a wait in vain. */
export async function untilDescriptors(atMost: number): Promise<void> {
  while (openDescriptors() > atMost) {
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
  }
}
