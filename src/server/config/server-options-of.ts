import { LoginDefence } from '#engine/login-defence.ts';
import type { ServerChanges } from '../live-settings.ts';
import { proxyPolicy } from '../proxy-policy.ts';
import type { ServerOptions } from '../server-options.ts';
import { networkList } from './network-list.ts';
import type { Config } from './schema.ts';

/** The part of a configuration that takes hold while the server runs. */
export function changesOf(config: Config): ServerChanges {
  const { tls, ftp, timeouts, limits } = config;
  return {
    requireTls: tls.require,
    tlsSessionReuse: tls.sessionReuse,
    requireCloseNotify: tls.requireCloseNotify,
    allowClearCommandChannel: tls.allowClearCommandChannel,
    asciiAsBinary: ftp.asciiAsBinary,
    keepPartialUploads: ftp.keepPartialUploads,
    fxpNetworks: ftp.fxpNetworks,
    hostNames: ftp.hostNames,
    banner: ftp.banner,
    passiveAddress: config.passive.address,
    timeouts: {
      loginMs: timeouts.login,
      failedLoginMs: timeouts.failedLogin,
      idleMs: timeouts.idle,
      maximumIdleMs: timeouts.maximumIdle,
      connectMs: timeouts.connect,
      stallMs: timeouts.stall,
      tlsHandshakeMs: timeouts.tlsHandshake,
      abandonedPortMs: timeouts.abandonedPort,
      closeMs: timeouts.close,
    },
    limits: { total: limits.sessions, perAddress: limits.sessionsPerAddress },
    speed: {
      uploadBytesPerSecond: config.speed.upload,
      downloadBytesPerSecond: config.speed.download,
    },
  };
}

/** What a configuration says of the server, but for what has to be opened first: accounts, storage, certificates. */
export function serverOptionsOf(
  config: Config,
): Omit<ServerOptions, 'accounts' | 'storage' | 'tls' | 'hostKeys' | 'events'> {
  const { listen, passive, ssh, tftp } = config;
  return {
    ...changesOf(config),
    listen: {
      host: listen.host,
      ftp: listen.ftp ?? undefined,
      ftps: listen.ftps ?? undefined,
      sftp: listen.sftp ?? undefined,
      tftp: listen.tftp ?? undefined,
    },
    passivePorts: passive.ports,
    sshAlgorithms: ssh.algorithms,
    tunnel: ssh.tunnel,
    tftp: {
      write: tftp.write,
      ports: tftp.ports,
      rollover: tftp.rollover,
      policy: {
        allowedNetworks: tftp.allowedNetworks,
        directories: tftp.directories,
        templates: tftp.templates,
        backslashSeparates: tftp.backslashSeparates,
        lowestClientPort: tftp.lowestClientPort,
      },
      limits: {
        blockSize: tftp.largestBlock,
        windowSize: tftp.largestWindow,
        uploadBytes: tftp.largestUpload,
        transfers: tftp.transfers,
        transfersPerAddress: tftp.transfersPerAddress,
      },
    },
    proxy: config.proxyProtocol.networks.length === 0 ? null : proxyPolicy(config.proxyProtocol.networks),
    defence: defenceOf(config.defence),
    automaticBans: config.bans.automatic
      ? { score: config.bans.score, firstMs: config.bans.first, longestMs: config.bans.longest }
      : null,
    digest: { upload: config.audit.digestUploads, download: config.audit.digestDownloads },
  };
}

function defenceOf(defence: Config['defence']): LoginDefence {
  return new LoginDefence({
    exempt: networkList(defence.exempt),
    limits: {
      firstDelayMs: defence.firstDelay,
      largestDelayMs: defence.largestDelay,
      largestPenaltyMs: defence.largestPenalty,
      halfLifeMs: defence.halfLife,
      failuresPerConnection: defence.failuresPerConnection,
      halfOpenPerNetwork: defence.halfOpenPerNetwork,
      halfOpenStart: defence.halfOpenStart,
      halfOpenFull: defence.halfOpenFull,
    },
  });
}
