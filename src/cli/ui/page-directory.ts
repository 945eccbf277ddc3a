import { join } from 'node:path';

/** Where the built page lies, in a checkout and in a package. */
export const pageDirectory = join(import.meta.dirname, '..', '..', '..', 'build', 'web');
