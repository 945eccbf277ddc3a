import type { Command } from '../command.ts';
import { abor } from './abor.ts';
import { acct } from './acct.ts';
import { adat } from './adat.ts';
import { allo } from './allo.ts';
import { appe } from './appe.ts';
import { auth } from './auth.ts';
import { ccc } from './ccc.ts';
import { cdup } from './cdup.ts';
import { conf } from './conf.ts';
import { cpsv } from './cpsv.ts';
import { cwd } from './cwd.ts';
import { dele } from './dele.ts';
import { enc } from './enc.ts';
import { eprt } from './eprt.ts';
import { epsv } from './epsv.ts';
import { feat } from './feat.ts';
import { help } from './help.ts';
import { lprt } from './lprt.ts';
import { lpsv } from './lpsv.ts';
import { mic } from './mic.ts';
import { mkd } from './mkd.ts';
import { mode } from './mode.ts';
import { noop } from './noop.ts';
import { opts } from './opts.ts';
import { pass } from './pass.ts';
import { pasv } from './pasv.ts';
import { pbsz } from './pbsz.ts';
import { port } from './port.ts';
import { prot } from './prot.ts';
import { pwd } from './pwd.ts';
import { quit } from './quit.ts';
import { rang } from './rang.ts';
import { rein } from './rein.ts';
import { rest } from './rest.ts';
import { retr } from './retr.ts';
import { rmd } from './rmd.ts';
import { rnfr } from './rnfr.ts';
import { rnto } from './rnto.ts';
import { smnt } from './smnt.ts';
import { sscn } from './sscn.ts';
import { stor } from './stor.ts';
import { stou } from './stou.ts';
import { stru } from './stru.ts';
import { syst } from './syst.ts';
import { type } from './type.ts';
import { user } from './user.ts';

/** Every command this server knows. */
export const commands: readonly Command[] = [
  abor,
  acct,
  adat,
  allo,
  appe,
  auth,
  ccc,
  cdup,
  conf,
  cpsv,
  cwd,
  dele,
  enc,
  eprt,
  epsv,
  feat,
  help,
  lprt,
  lpsv,
  mic,
  mkd,
  mode,
  noop,
  opts,
  pass,
  pasv,
  pbsz,
  port,
  prot,
  pwd,
  quit,
  rang,
  rein,
  rest,
  retr,
  rmd,
  rnfr,
  rnto,
  smnt,
  sscn,
  stor,
  stou,
  stru,
  syst,
  type,
  user,
];

/** The rows by verb and by older names. */
export const commandsByVerb: ReadonlyMap<string, Command> = new Map(
  commands.flatMap((command) => [command.verb, ...(command.aliases ?? [])].map((verb) => [verb, command] as const)),
);
