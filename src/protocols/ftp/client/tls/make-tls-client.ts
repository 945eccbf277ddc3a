import type { FtpTlsOptions } from '../options.ts';
import type { TlsClient } from './tls-client.ts';

/**
 * Makes a {@link TlsClient}, whose module is loaded with the first of them: Node then reads all authorities that the
 * machine trusts, which may take as long as a short transfer in the clear.
 *
 * @throws WherryError `invalid-argument` for certificates or keys that cannot be read
 */
export async function makeTlsClient(host: string, options: FtpTlsOptions): Promise<TlsClient> {
  const { TlsClient: Client } = await import('./tls-client.ts');
  return new Client(host, options);
}
