import { join } from 'node:path';
import { withAccount } from './namespace.ts';
import {
  account,
  freePort,
  passwordHash,
  PeerPlace,
  startPeerProgram,
  unpackedRoot,
  type PeerOptions,
  type PeerServer,
} from './peer.ts';

/** ProFTPD with its modules for digests, copies and SITE commands. */
export async function startProftpd(program: string, options: PeerOptions): Promise<PeerServer> {
  const place = new PeerPlace();
  const port = await freePort();
  const { user, id } = account;
  const passwords = await place.write(
    'passwd',
    `${user}:${passwordHash()}:${id}:${id}::${place.root}:/bin/sh\n`,
  );
  const groups = await place.write('group', `${user}:x:${id}:\n`);
  const modules = program.startsWith(unpackedRoot)
    ? join(unpackedRoot, 'usr/lib/proftpd')
    : '/usr/lib/proftpd';
  const tls = `
LoadModule mod_tls.c
<IfModule mod_tls.c>
  TLSEngine on
  TLSRequired off
  TLSProtocol TLSv1.2 TLSv1.3
  TLSOptions ${options.requireTlsReuse === true ? 'EnableDiags' : 'NoSessionReuseRequired'}
  TLSECCertificateFile ${place.certificate}
  TLSECCertificateKeyFile ${place.privateKey}
  TLSCACertificateFile ${place.certificate}
  TLSLog none
  TLSRenegotiate none
  TLSVerifyServer off
</IfModule>`;
  const text = `
ModulePath ${modules}
LoadModule mod_copy.c
LoadModule mod_digest.c
LoadModule mod_site_misc.c
LoadModule mod_deflate.c
${options.tls === true ? tls : ''}
ServerName "peer"
ServerType standalone
DefaultServer on
Port ${port}
UseIPv6 off
DefaultAddress 127.0.0.1
SocketBindTight on
UseReverseDNS off
User ${user}
Group ${user}
PidFile ${place.directory}/pid
ScoreboardFile ${place.directory}/scoreboard
SystemLog none
TransferLog none
WtmpLog off
DelayEngine off
ControlsEngine off
ControlsSocket ${place.directory}/controls
UseFtpUsers off
RequireValidShell off
AuthOrder mod_auth_file.c
AuthUserFile ${passwords}
AuthGroupFile ${groups}
DefaultRoot ~
AllowOverwrite on
AllowRetrieveRestart on
AllowStoreRestart on
`;
  const config = await place.write('proftpd.conf', text);
  const command = [...(await withAccount(place)), program, '--nodaemon', '--quiet', '--config', config];
  return startPeerProgram('proftpd', place, { command, port });
}
