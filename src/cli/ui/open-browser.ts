import { spawn } from 'node:child_process';

/** Programs that open an address in the user's browser, by system. */
const openers: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: 'open', linux: 'xdg-open' };

/** Opens an address in the user's browser, where there is one. The address is printed in any case. */
export function openBrowser(address: string): void {
  const opener = openers[process.platform];
  const hasScreen =
    process.platform !== 'linux' ||
    process.env['DISPLAY'] !== undefined ||
    process.env['WAYLAND_DISPLAY'] !== undefined;
  if (opener === undefined || !hasScreen) return;
  const child = spawn(opener, [address], { stdio: 'ignore', detached: true });
  // No browser is no failure: the address stands on the screen.
  child.on('error', () => undefined);
  child.unref();
}
