import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';

/** Addresses that are the page's to interpret: it is one document. */
const apiAddress = /^\/(?:api|dav|healthz|readyz|metrics)(?:\/|$)/u;

/**
 * Serves the files of the page, when they are built. Names of assets hold a hash of their content, so browsers may
 * keep them for ever; the document itself is asked for each time.
 *
 * @returns whether there is a page
 */
export async function serveStaticPage(app: FastifyInstance, directory: string): Promise<boolean> {
  if (!existsSync(join(directory, 'index.html'))) return false;
  const { default: fastifyStatic } = await import('@fastify/static');
  await app.register(fastifyStatic, {
    root: directory,
    index: ['index.html'],
    dotfiles: 'ignore',
    cacheControl: false,
    // The build has made them; a reader that takes neither gets the plain file.
    preCompressed: true,
    setHeaders: (reply, file) => {
      const isAsset = file.startsWith(join(directory, 'assets'));
      void reply.header('cache-control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
    schemaHide: true,
  });
  return true;
}

/** Whether an address that no file has is a place within the page. */
export function isPlaceInPage(method: string, address: string): boolean {
  return method === 'GET' && !apiAddress.test(address) && !/\.\w+$/u.test(address);
}
