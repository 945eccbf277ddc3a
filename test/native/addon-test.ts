import { test } from 'node:test';
import { nativeAvailable } from '#native/index.ts';

const isSwitchedOff = process.env['WHERRY_NATIVE'] === 'off';

/**
 * Registers a test of the addon itself. With the addon switched off (`WHERRY_NATIVE=off`) there is nothing to test;
 * where it could not be built, the test is skipped, with the package that brings a compiler.
 */
export function addonTest(name: string, run: NonNullable<Parameters<typeof test>[0]>): void {
  if (isSwitchedOff) return;
  const skip = nativeAvailable ? false : 'needs the addon, which a C compiler builds (Debian package gcc)';
  void test(name, { skip }, run);
}
