import { emptySite, parseAddress, type Site } from '#client/index.ts';
import { WherryError } from '#core/errors.ts';

/** What the schemes of addresses say of a site's encryption. */
const encryptionOf: Readonly<Record<string, Site['encryption']>> = { ftps: 'implicit', ftpes: 'require' };

/** What an address says of the site that it is to be saved as; its scheme may leave the encryption open (`auto`). */
export interface AddressedSite {
  readonly site: Site;
  /** Whether the scheme of the address decides on the encryption. */
  readonly isEncryptionSaid: boolean;
  /** The password that stands in the address, if any. */
  readonly password: string | null;
}

/**
 * Reads the address of a site and the name under which it is saved, before which folders may stand (`work/shop`).
 *
 * @throws WherryError `invalid-argument` for what is no address of a server
 */
export function siteOfAddress(name: string, url: string): AddressedSite {
  const { scheme, host, port, user, password, path, isAbsolute } = parseAddress(url);
  if (scheme === 'file' || host === null) {
    throw new WherryError(
      'invalid-argument',
      'A site is a place at a server: give its URL, as in sftp://example.org/',
    );
  }
  const folder = name.split('/').filter(Boolean);
  const site = {
    ...emptySite,
    name: folder.pop() ?? '',
    folder,
    scheme: scheme === 'ftps' || scheme === 'ftpes' ? 'ftp' : scheme,
    encryption: encryptionOf[scheme] ?? 'auto',
    host,
    port,
    user,
    remoteDirectory: path === '' && !isAbsolute ? null : `${isAbsolute ? '/' : ''}${path}`,
  } as const;
  return { site, isEncryptionSaid: encryptionOf[scheme] !== undefined, password: password?.reveal() ?? null };
}

/** The address of a site for people to read. */
export function addressOfSite({ scheme, encryption, user, host, ...site }: Site, port: number): string {
  const written = scheme === 'ftp' ? ftpSchemes[encryption] : scheme;
  const who = user === null ? '' : `${user}@`;
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return `${written}://${who}${shownHost}:${port}/${site.remoteDirectory ?? ''}`;
}

const ftpSchemes: Readonly<Record<Site['encryption'], string>> = {
  auto: 'ftp',
  off: 'ftp',
  require: 'ftpes',
  implicit: 'ftps',
};
