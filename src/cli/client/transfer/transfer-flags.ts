import type { CopyFileOptions } from '#client/index.ts';
import type { FlagRow, GivenFlags } from '../flags/flag-row.ts';
import type { ValueReader } from '../flags/values.ts';

/** More connections than this for one file gain nothing anywhere, and servers throw them out. */
export const mostSegments = 64;

/** How it is made sure that what arrived is what was sent. */
export const verifyFlags: readonly FlagRow[] = [
  {
    name: 'verify',
    help: 'compare digests with the server; so it is anyway wherever the server can tell them',
  },
  { name: 'no-verify', help: 'compare sizes alone' },
  {
    name: 'digest',
    value: 'NAME',
    help: 'the digest to compare: sha512, sha256, sha1, md5 or crc32 (the best of the server)',
  },
];

/** What {@link verifyFlags} say. */
export function verifyChoice(
  given: GivenFlags,
  read: ValueReader,
  problems: string[],
): CopyFileOptions['verify'] {
  const digest = read.word('digest', given.text('digest'), digestNames);
  if (given.has('no-verify') && (given.has('verify') || digest !== undefined)) {
    problems.push('--no-verify excludes --verify and --digest');
  }
  return given.has('no-verify') ? false : (digest ?? (given.has('verify') || undefined));
}

const digestNames = ['sha512', 'sha256', 'sha1', 'md5', 'crc32'] as const;

/** Flags of the commands that move single files. */
export const transferFlags: readonly FlagRow[] = [
  { name: 'continue', short: 'c', help: 'go on with what an earlier transfer has left' },
  {
    name: 'segments',
    short: 'n',
    value: 'N',
    help: 'move each file in N parts at once, over connections of their own',
  },
  ...verifyFlags,
  { name: 'no-clobber', help: 'leave files alone that are there already' },
];

/** What {@link transferFlags} say. */
export function transferChoices(given: GivenFlags, read: ValueReader, problems: string[]): TransferChoices {
  const segments = read.integer('segments', given.text('segments'), [1, mostSegments]) ?? 1;
  return {
    segments,
    copy: {
      resume: given.has('continue'),
      segments,
      verify: verifyChoice(given, read, problems),
      overwrite: !given.has('no-clobber'),
    },
  };
}

export interface TransferChoices {
  readonly segments: number;
  readonly copy: CopyFileOptions;
}
