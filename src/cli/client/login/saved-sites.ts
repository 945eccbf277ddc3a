import { SiteStore } from '#client/sites/site-store.ts';
import { Secret } from '#core/secret.ts';
import { askTerminal, canAsk } from '../ask/terminal.ts';

/** The saved sites of whoever runs the program; `WHERRY_MASTER_PASSWORD` or the terminal opens them if locked. */
export function savedSites(): SiteStore {
  return new SiteStore({
    askMasterPassword: async () => {
      const given = process.env['WHERRY_MASTER_PASSWORD'];
      if (given !== undefined) return new Secret(given);
      return canAsk() ? new Secret(await askTerminal('Master password of the saved sites: ', false)) : null;
    },
  });
}
