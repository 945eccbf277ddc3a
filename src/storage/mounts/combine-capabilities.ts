import type { Capabilities } from '#core/file-system.ts';

/**
 * What can be said of several trees as one. What an operation of its own is for is true when any of them can: the
 * others refuse it with `not-supported`. What holds for handles and digests is true when all of them can, since it is
 * relied upon without asking again.
 */
export function combineCapabilities(all: readonly Capabilities[]): Capabilities {
  const any = (name: keyof Capabilities): boolean => all.some((one) => one[name] === true);
  const every = (name: keyof Capabilities): boolean => all.every((one) => one[name] === true);
  return Object.freeze({
    randomAccess: every('randomAccess'),
    startAnywhere: all.every((one) => one.randomAccess || one.startAnywhere === true),
    symlinks: any('symlinks'),
    linksLookFollowed: any('linksLookFollowed'),
    hardLinks: any('hardLinks'),
    setTimes: any('setTimes'),
    setMode: any('setMode'),
    setOwner: any('setOwner'),
    space: any('space'),
    copy: any('copy'),
    checksums: (all[0]?.checksums ?? []).filter((name) => all.every((one) => one.checksums.includes(name))),
  });
}
