import type { CopyFileOptions } from '#client/index.ts';
import type { FlagRow, GivenFlags } from '../flags/flag-row.ts';
import type { ValueReader } from '../flags/values.ts';

/** More connections than this for one file gain nothing anywhere, and servers throw them out. */
const mostSegments = 64;

/** Flags of the commands that move single files. */
export const transferFlags: readonly FlagRow[] = [
  { name: 'continue', short: 'c', help: 'go on with what an earlier transfer has left' },
  {
    name: 'segments',
    short: 'n',
    value: 'N',
    help: 'move each file in N parts at once, over connections of their own',
  },
  {
    name: 'verify',
    value: 'auto|off|sha256|…',
    help: 'compare digests with the server (auto: the best it can)',
  },
  { name: 'no-clobber', help: 'leave files alone that are there already' },
];

/** What {@link transferFlags} say. */
export function transferChoices(given: GivenFlags, read: ValueReader): TransferChoices {
  const verify = read.word('verify', given.text('verify'), [
    'auto',
    'off',
    'sha512',
    'sha256',
    'sha1',
    'md5',
    'crc32',
  ]);
  const segments = read.integer('segments', given.text('segments'), [1, mostSegments]) ?? 1;
  return {
    segments,
    keepExisting: given.has('no-clobber'),
    copy: {
      resume: given.has('continue'),
      segments,
      verify: verify === undefined || verify === 'auto' ? undefined : verify === 'off' ? false : verify,
      overwrite: !given.has('no-clobber'),
    },
  };
}

export interface TransferChoices {
  readonly segments: number;
  readonly keepExisting: boolean;
  readonly copy: CopyFileOptions;
}
