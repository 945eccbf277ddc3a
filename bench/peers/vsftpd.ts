import { freePort, writeConfig, type Workspace } from '../workspace.ts';
import { findProgram, libraryPath } from './debian.ts';
import { createNamespace } from './namespace.ts';
import type { RunningServer } from './peer.ts';
import type { FtpPeer } from './ftp-peer.ts';
import { loopback, type Place } from './place.ts';
import { startPeer } from './start.ts';

const packages = ['vsftpd', 'libwrap0'];
const path = '/usr/sbin/vsftpd';

async function serve(workspace: Workspace, place: Place): Promise<RunningServer> {
  const port = await freePort();
  const program = await findProgram(workspace, path, packages);
  const namespace = await createNamespace(workspace);
  const settings = {
    listen: 'YES',
    listen_ipv6: 'NO',
    listen_address: place.host,
    listen_port: port,
    background: 'NO',
    max_clients: 0,
    max_per_ip: 0,
    pasv_min_port: 10_000,
    pasv_max_port: 13_999,
    local_enable: 'YES',
    write_enable: 'YES',
    chroot_local_user: 'YES',
    allow_writeable_chroot: 'YES',
    pam_service_name: 'vsftpd',
    check_shell: 'NO',
    session_support: 'NO',
    anonymous_enable: 'YES',
    anon_root: workspace.tree,
    ftp_username: 'ftp',
    secure_chroot_dir: '/run/vsftpd/empty',
    delay_failed_login: 0,
    delay_successful_login: 0,
    idle_session_timeout: 3600,
    data_connection_timeout: 3600,
    xferlog_enable: 'NO',
    seccomp_sandbox: 'NO', // Its filter predates today's C library.
    isolate_network: 'NO', // A network namespace a session costs more than the session.
    use_sendfile: 'YES',
    ssl_enable: 'YES',
    force_local_logins_ssl: 'NO',
    force_local_data_ssl: 'NO',
    require_ssl_reuse: 'NO',
    ssl_ciphers: 'HIGH',
    rsa_cert_file: workspace.certificate,
    rsa_private_key_file: workspace.privateKey,
  };
  const text = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  const config = await writeConfig(workspace, `vsftpd-${port}/vsftpd.conf`, text.join(''));
  return startPeer(
    [...namespace.command, program, config],
    port,
    {
      LD_LIBRARY_PATH: libraryPath(workspace),
    },
    place,
  );
}

export const vsftpd: FtpPeer = {
  name: 'vsftpd',
  title: 'vsftpd',
  kind: 'peer',
  sessionModel: 'process',
  capabilities: new Set(['plain', 'tls', 'anonymous', 'write']), // MLSD is not in vsftpd.
  packages,
  async prepare(workspace) {
    await findProgram(workspace, path, packages);
    await createNamespace(workspace);
  },
  serve,
  start: (workspace) => serve(workspace, loopback),
};
