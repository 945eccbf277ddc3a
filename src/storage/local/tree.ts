import type { DiskPace } from './disk-pace.ts';
import type { OwnerNames } from './owners.ts';
import type { Jail } from './jail.ts';

/** Whether a published file also survives a loss of power: `os` leaves it to the kernel when to write, `disk` waits. */
export type Durability = 'os' | 'disk';

/** What every operation on one local tree shares. */
export interface LocalTree {
  readonly jail: Jail;
  readonly owners: OwnerNames;
  readonly durability: Durability;
  readonly pace: DiskPace;
  /** Permission bits that new files and directories lack. */
  readonly umask: number;
  /** Bits that the process would take away by itself beyond `umask`, and that must be given back. */
  readonly excessUmask: number;
}
