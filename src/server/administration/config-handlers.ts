import { WherryError } from '#core/errors.ts';
import type { AdminHandlers } from '#protocols/http/server/services.ts';
import { checkConfigText, maskSecrets } from '../config/load-config.ts';
import { configSchema } from '../config/schema.ts';
import { settingsOf } from '../config/schema-walk.ts';
import type { ConfigAccess } from './config-access.ts';

type Handled = Pick<AdminHandlers, Extract<keyof AdminHandlers, `${string} /config${string}`>>;

/** The configuration. */
export function configHandlers(config: ConfigAccess): Handled {
  return {
    'GET /config': async () => {
      const { file, written, originOf } = await config.current();
      const origins = [...settingsOf()].map(({ path }) => [path.join('.'), originOf(path)] as const);
      return {
        file,
        settings: maskSecrets(written) as Record<string, unknown>,
        origins: Object.fromEntries(origins),
      };
    },
    'GET /config/schema': () => ({ ...configSchema }),
    'POST /config/check': ({ body }) => ({ problems: checkConfigText(body.text) }),
    'POST /config/reload': async () => {
      if (config.reload === null)
        throw new WherryError(
          'unavailable',
          'Cannot reload the configuration: no server runs on this data directory',
        );
      return config.reload();
    },
  };
}
