import { readFile } from 'node:fs/promises';
import { toWherryError } from '#core/errors.ts';
import type { Site } from './site.ts';

/** The private key of a site that logs in with one. */
export async function readKeyFileOf(site: Pick<Site, 'keyFile' | 'name'>): Promise<string | null> {
  if (site.keyFile === null) return null;
  try {
    return await readFile(site.keyFile, 'utf8');
  } catch (error) {
    throw toWherryError(error, `read the key file of the site "${site.name}"`);
  }
}
