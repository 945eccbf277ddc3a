import { test } from 'node:test';
import { nativeAvailable } from '#native/index.ts';

const isSwitchedOff = process.env['WHERRY_NATIVE'] === 'off';
const mayBeMissing = process.env['WHERRY_TESTS_COMPLETE'] !== '1';

/**
 * Registers a test of the addon itself. With the addon switched off (`WHERRY_NATIVE=off`) there is nothing to test;
 * where it could not be built, the test is skipped, with the package that brings a compiler. Where nothing may be missing
 * it fails, as it must when the addon is of another revision than its TypeScript side.
 */
export function addonTest(name: string, run: NonNullable<Parameters<typeof test>[0]>): void {
  if (isSwitchedOff) return;
  const skip =
    nativeAvailable || !mayBeMissing
      ? false
      : 'needs the addon, which a C compiler builds (Debian package gcc)';
  void test(name, { skip }, run);
}
