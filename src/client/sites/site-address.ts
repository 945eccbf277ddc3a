import type { SiteAddress } from '../address.ts';
import type { ConnectOptions } from '../options.ts';
import { readKeyFileOf } from './key-file.ts';
import { sitePort, type Encryption, type Site } from './site.ts';

/** The address and the options that a site stands for. */
export async function connectionOfSite(
  site: Site,
  path: Pick<SiteAddress, 'path' | 'isAbsolute'> = { path: '', isAbsolute: false },
): Promise<{ readonly address: string; readonly options: ConnectOptions }> {
  const host = site.host.includes(':') ? `[${site.host}]` : site.host;
  const address = `${schemeOf(site)}://${host}:${sitePort(site)}/${pathOf(site, path)}`;
  return { address, options: await optionsOf(site) };
}

function schemeOf({ scheme, encryption }: Site): string {
  if (scheme !== 'ftp') return scheme;
  if (encryption === 'implicit') return 'ftps';
  return encryption === 'require' ? 'ftpes' : 'ftp';
}

/** A path is seen from the directory that the site starts in, an absolute one from the top of the server. */
function pathOf(site: Site, { path, isAbsolute }: Pick<SiteAddress, 'path' | 'isAbsolute'>): string {
  const start = (site.remoteDirectory ?? '').replace(/(?<=[^/])\/+$/u, '');
  const below = start === '' || start.endsWith('/') || path === '' ? `${start}${path}` : `${start}/${path}`;
  const chosen = isAbsolute ? `/${path}` : below;
  return chosen.split('/').map(encodeURIComponent).join('/');
}

const tlsModes: Readonly<Record<Encryption, 'auto' | 'require' | 'off'>> = {
  auto: 'auto',
  require: 'require',
  implicit: 'require',
  off: 'off',
};

async function optionsOf(site: Site): Promise<ConnectOptions> {
  const key = site.logon === 'key' ? await readKeyFileOf(site) : null;
  const { logon, user } = site;
  return {
    user: logon === 'anonymous' ? 'anonymous' : (user ?? undefined),
    // Who is to be asked each time is asked, whatever was saved before.
    password:
      logon === 'normal' || logon === 'account' || logon === 'key' ? (site.password ?? undefined) : undefined,
    account: logon === 'account' ? (site.account ?? undefined) : undefined,
    tls: { mode: tlsModes[site.encryption] },
    ssh: {
      ...(key === null ? {} : { keys: [key] }),
      ...(logon === 'agent' ? { agent: true } : {}),
      ...(logon === 'key' && site.password !== null ? { passphrase: site.password } : {}),
    },
    active: site.transferMode === 'default' ? undefined : site.transferMode === 'active',
    connections: site.connections ?? undefined,
    charset: site.charset ?? undefined,
    timeOffsetMinutes: site.timeOffsetMinutes ?? undefined,
  };
}
