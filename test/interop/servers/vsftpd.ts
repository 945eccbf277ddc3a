import { withAccount } from './namespace.ts';
import { freePort, PeerPlace, startPeerProgram, type PeerOptions, type PeerServer } from './peer.ts';

/** vsftpd: no MLSD, answers the next command when a transfer is over. */
export async function startVsftpd(program: string, options: PeerOptions): Promise<PeerServer> {
  const place = new PeerPlace();
  const port = await freePort();
  const settings = {
    listen: 'YES',
    listen_ipv6: 'NO',
    listen_address: '127.0.0.1',
    listen_port: port,
    background: 'NO',
    local_enable: 'YES',
    write_enable: 'YES',
    anonymous_enable: 'NO',
    local_umask: '022',
    chroot_local_user: 'YES',
    allow_writeable_chroot: 'YES',
    pam_service_name: 'vsftpd',
    check_shell: 'NO',
    session_support: 'NO',
    secure_chroot_dir: '/run/vsftpd/empty',
    delay_failed_login: 0,
    delay_successful_login: 0,
    xferlog_enable: 'NO',
    // Its filter is older than the C library.
    seccomp_sandbox: 'NO',
    isolate_network: 'NO',
    ssl_enable: options.tls === true ? 'YES' : 'NO',
    force_local_logins_ssl: 'NO',
    force_local_data_ssl: 'NO',
    require_ssl_reuse: options.requireTlsReuse === true ? 'YES' : 'NO',
    ssl_ciphers: 'HIGH',
    rsa_cert_file: place.certificate,
    rsa_private_key_file: place.privateKey,
  };
  const text = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  const config = await place.write('vsftpd.conf', text.join(''));
  const command = [...(await withAccount(place)), program, config];
  return startPeerProgram('vsftpd', place, { command, port });
}
