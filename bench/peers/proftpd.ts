import { dirname, join } from 'node:path';
import { freePort, type Workspace, writeConfig } from '../workspace.ts';
import { findProgram, libraryPath, packageRoot } from './debian.ts';
import { createNamespace } from './namespace.ts';
import type { FtpPeer } from './ftp-peer.ts';
import { account, accountId, anonymousId, type RunningServer } from './peer.ts';
import { loopback, type Place } from './place.ts';
import { startPeer } from './start.ts';

const packages = [
  'proftpd-core',
  'proftpd-mod-crypto',
  'libhashkit2',
  'libhiredis0.14',
  'libmemcached11',
  'libmemcachedutil2',
  'libpcre2-posix3',
];
const path = '/usr/sbin/proftpd';

/** `TLSCACertificateFile`: without it every session parses the system's whole CA bundle before its greeting. */
function configText(
  workspace: Workspace,
  place: {
    readonly host: string;
    readonly port: number;
    readonly directory: string;
    readonly modules: string;
  },
): string {
  const { host, port, directory, modules } = place;
  return `
ModulePath ${modules}
LoadModule mod_tls.c
ServerName "bench"
ServerType standalone
DefaultServer on
Port ${port}
UseIPv6 off
DefaultAddress ${host}
SocketBindTight on
UseReverseDNS off
User ${account.user}
Group ${account.user}
MaxInstances none
PidFile ${directory}/pid
ScoreboardFile ${directory}/scoreboard
SystemLog none
TransferLog none
WtmpLog off
DelayEngine off
ControlsEngine off
ControlsSocket ${directory}/controls
TimeoutIdle 3600
TimeoutNoTransfer 3600
TimeoutStalled 3600
PassivePorts 14000 17999
UseFtpUsers off
RequireValidShell off
AuthOrder mod_auth_file.c
AuthUserFile ${directory}/passwd
AuthGroupFile ${directory}/group
DefaultRoot ~
UseSendfile on
AllowOverwrite on
<IfModule mod_tls.c>
  TLSEngine on
  TLSRequired off
  TLSProtocol TLSv1.3
  TLSOptions NoSessionReuseRequired
  TLSRSACertificateFile ${workspace.certificate}
  TLSRSACertificateKeyFile ${workspace.privateKey}
  TLSCACertificateFile ${workspace.certificate}
  TLSLog none
  TLSRenegotiate none
</IfModule>
<Anonymous ${workspace.tree}>
  User ftp
  Group ftp
  UserAlias anonymous ftp
  RequireValidShell off
</Anonymous>
`;
}

async function serve(workspace: Workspace, place: Place): Promise<RunningServer> {
  const port = await freePort();
  const program = await findProgram(workspace, path, packages);
  const namespace = await createNamespace(workspace);
  const modules = program === path ? '/usr/lib/proftpd' : join(packageRoot(workspace), 'usr/lib/proftpd');
  const users = [
    `${account.user}:${namespace.passwordHash}:${accountId}:${accountId}::${workspace.tree}:/bin/sh`,
    `ftp:*:${anonymousId}:${anonymousId}::${workspace.tree}:/bin/sh`,
  ];
  const groups = [`${account.user}:x:${accountId}:`, `ftp:x:${anonymousId}:`];
  const directory = dirname(await writeConfig(workspace, `proftpd-${port}/passwd`, `${users.join('\n')}\n`));
  await writeConfig(workspace, `proftpd-${port}/group`, `${groups.join('\n')}\n`);
  const text = configText(workspace, { host: place.host, port, directory, modules });
  const config = await writeConfig(workspace, `proftpd-${port}/proftpd.conf`, text);
  return startPeer(
    [...namespace.command, program, '--nodaemon', '--quiet', '--config', config],
    port,
    {
      LD_LIBRARY_PATH: libraryPath(workspace),
    },
    place,
  );
}

export const proftpd: FtpPeer = {
  name: 'proftpd',
  title: 'ProFTPD',
  kind: 'peer',
  sessionModel: 'process',
  capabilities: new Set(['plain', 'tls', 'mlsd', 'anonymous', 'write']),
  packages,
  async prepare(workspace) {
    await findProgram(workspace, path, packages);
    await createNamespace(workspace);
  },
  serve,
  start: (workspace) => serve(workspace, loopback),
};
