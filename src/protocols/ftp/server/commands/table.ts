import type { Command } from '../command.ts';
import { abor } from './abor.ts';
import { acct } from './acct.ts';
import { adat } from './adat.ts';
import { allo } from './allo.ts';
import { appe } from './appe.ts';
import { auth } from './auth.ts';
import { avbl } from './avbl.ts';
import { ccc } from './ccc.ts';
import { cdup } from './cdup.ts';
import { clnt } from './clnt.ts';
import { comb } from './comb.ts';
import { conf } from './conf.ts';
import { cpsv } from './cpsv.ts';
import { csid } from './csid.ts';
import { cwd } from './cwd.ts';
import { dele } from './dele.ts';
import { dsiz } from './dsiz.ts';
import { enc } from './enc.ts';
import { eprt } from './eprt.ts';
import { epsv } from './epsv.ts';
import { feat } from './feat.ts';
import { hash } from './hash.ts';
import { help } from './help.ts';
import { host } from './host.ts';
import { lang } from './lang.ts';
import { list } from './list.ts';
import { lprt } from './lprt.ts';
import { lpsv } from './lpsv.ts';
import { md5 } from './md5.ts';
import { mdtm } from './mdtm.ts';
import { mfct } from './mfct.ts';
import { mff } from './mff.ts';
import { mfmt } from './mfmt.ts';
import { mic } from './mic.ts';
import { mkd } from './mkd.ts';
import { mlsd } from './mlsd.ts';
import { mlst } from './mlst.ts';
import { mmd5 } from './mmd5.ts';
import { mode } from './mode.ts';
import { nlst } from './nlst.ts';
import { noop } from './noop.ts';
import { opts } from './opts.ts';
import { pass } from './pass.ts';
import { pasv } from './pasv.ts';
import { pbsz } from './pbsz.ts';
import { port } from './port.ts';
import { pret } from './pret.ts';
import { prot } from './prot.ts';
import { pwd } from './pwd.ts';
import { quit } from './quit.ts';
import { rang } from './rang.ts';
import { rein } from './rein.ts';
import { rest } from './rest.ts';
import { retr } from './retr.ts';
import { rmd } from './rmd.ts';
import { rmda } from './rmda.ts';
import { rnfr } from './rnfr.ts';
import { rnto } from './rnto.ts';
import { site } from './site.ts';
import { size } from './size.ts';
import { smnt } from './smnt.ts';
import { sscn } from './sscn.ts';
import { stat } from './stat.ts';
import { stor } from './stor.ts';
import { stou } from './stou.ts';
import { stru } from './stru.ts';
import { syst } from './syst.ts';
import { thmb } from './thmb.ts';
import { type } from './type.ts';
import { user } from './user.ts';
import { xcrc } from './xcrc.ts';
import { xmd5 } from './xmd5.ts';
import { xsha1 } from './xsha1.ts';
import { xsha256 } from './xsha256.ts';
import { xsha512 } from './xsha512.ts';

/** Every command this server knows. */
export const commands: readonly Command[] = [
  abor,
  acct,
  adat,
  allo,
  appe,
  auth,
  avbl,
  ccc,
  cdup,
  clnt,
  comb,
  conf,
  cpsv,
  csid,
  cwd,
  dele,
  dsiz,
  enc,
  eprt,
  epsv,
  feat,
  hash,
  help,
  host,
  lang,
  list,
  lprt,
  lpsv,
  md5,
  mdtm,
  mfct,
  mff,
  mfmt,
  mic,
  mkd,
  mlsd,
  mlst,
  mmd5,
  mode,
  nlst,
  noop,
  opts,
  pass,
  pasv,
  pbsz,
  port,
  pret,
  prot,
  pwd,
  quit,
  rang,
  rein,
  rest,
  retr,
  rmd,
  rmda,
  rnfr,
  rnto,
  site,
  size,
  smnt,
  sscn,
  stat,
  stor,
  stou,
  stru,
  syst,
  thmb,
  type,
  user,
  xcrc,
  xmd5,
  xsha1,
  xsha256,
  xsha512,
];

/** The rows by verb and by older names. */
export const commandsByVerb: ReadonlyMap<string, Command> = new Map(
  commands.flatMap((command) =>
    [command.verb, ...(command.aliases ?? [])].map((verb) => [verb, command] as const),
  ),
);
