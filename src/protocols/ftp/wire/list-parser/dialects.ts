import { connectEnterprise } from './connect-enterprise.ts';
import { dos } from './dos.ts';
import { eplf } from './eplf.ts';
import { mpe } from './mpe.ts';
import { mvsJobs } from './mvs-jobs.ts';
import { mvsMembers } from './mvs-members.ts';
import { mvs } from './mvs.ts';
import { netpresenz } from './netpresenz.ts';
import { netware } from './netware.ts';
import { nonstop } from './nonstop.ts';
import { numericUnix } from './numeric-unix.ts';
import { os2 } from './os2.ts';
import { os400 } from './os400.ts';
import { os9 } from './os9.ts';
import type { Dialect } from './reading.ts';
import { sizeFirst } from './size-first.ts';
import { unisys } from './unisys.ts';
import { unix } from './unix.ts';
import { vms } from './vms.ts';
import { vxworks } from './vxworks.ts';
import { wfftp } from './wfftp.ts';
import { zvm } from './zvm.ts';

/**
 * Every dialect of LIST that wherry reads. Where two understand a listing equally well, the earlier one is taken:
 * those that ask for more of a line come before those that ask for less.
 */
export const dialects: readonly Dialect[] = [
  eplf,
  netware,
  netpresenz,
  connectEnterprise,
  unix,
  dos,
  os2,
  vms,
  vxworks,
  nonstop,
  os9,
  os400,
  zvm,
  mvs,
  mvsJobs,
  mvsMembers,
  wfftp,
  unisys,
  mpe,
  numericUnix,
  sizeFirst,
];

/** The dialect of that name; undefined when there is none. */
export function findDialect(name: string): Dialect | undefined {
  return dialects.find((dialect) => dialect.name === name);
}
