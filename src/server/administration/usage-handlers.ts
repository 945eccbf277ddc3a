import type { AccountDatabase, EffectiveAccount } from '#accounts/index.ts';
import { WherryError } from '#core/errors.ts';
import type { UsageFacts } from '#engine/quota/account-usage.ts';
import type { UsageLedger } from '#engine/quota/usage-ledger.ts';
import type { Usage } from '#protocols/http/contract/admin/records.ts';
import type { Actor } from '#protocols/http/server/actor.ts';
import type { AdminHandlers } from '#protocols/http/server/services.ts';
import type { AccountTrees } from '../account-trees.ts';
import { reachedAccount } from './reach.ts';

type Handled = Pick<AdminHandlers, Extract<keyof AdminHandlers, `${string} /users/:name/usage${string}`>>;

/** What accounts use of their quota and volume. */
export function usageHandlers(
  database: AccountDatabase,
  ledger: UsageLedger,
  trees: Pick<AccountTrees, 'of'>,
): Handled {
  const effective = async (actor: Actor, name: string): Promise<EffectiveAccount> => {
    const record = await reachedAccount(database, actor, name);
    const found = await database.effective(record.name);
    if (found === null) throw new WherryError('not-found', 'The account was removed meanwhile');
    return found;
  };
  return {
    'GET /users/:name/usage': async ({ actor, params }) => {
      const found = await effective(actor, params.name);
      return toUsage(found, ledger.facts(found.account.name));
    },
    'POST /users/:name/usage/rescan': async ({ actor, params }) => {
      const found = await effective(actor, params.name);
      return toUsage(found, await ledger.rescan(found.account.name, trees.of(found)));
    },
  };
}

function toUsage({ settings }: EffectiveAccount, { bytes, files, counted, volumes }: UsageFacts): Usage {
  const { quotaBytes, quotaFiles } = settings.limits;
  return {
    bytes,
    files,
    counted,
    quotaBytes,
    quotaFiles,
    volumes: volumes.map(({ period, uploadBytes, downloadBytes }) => ({
      period,
      uploadBytes,
      downloadBytes,
    })),
  };
}
