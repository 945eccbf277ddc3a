import type { AccountDatabase, AuthorityRecord } from '#accounts/index.ts';
import type { AdminHandlers } from '#protocols/http/server/services.ts';

type Handled = Pick<
  AdminHandlers,
  Extract<keyof AdminHandlers, `${string} /authorities${string}` | `${string} /revoked-keys${string}`>
>;

/** Whose SSH certificates log in, and which keys never do. */
export function authorityHandlers({ authorities }: AccountDatabase): Handled {
  return {
    'GET /authorities': async () => ({
      authorities: (await authorities.list()).map((authority) => shownAuthority(authority)),
    }),
    'POST /authorities': async ({ body }) => shownAuthority(await authorities.add(body.line)),
    'DELETE /authorities/:fingerprint': async ({ params }) => {
      await authorities.remove(params.fingerprint);
      return undefined;
    },
    'GET /revoked-keys': async () => ({ revokedKeys: [...(await authorities.listRevoked())] }),
    'PUT /revoked-keys/:fingerprint': async ({ params, body }) => {
      await authorities.revoke(params.fingerprint, body.comment);
      return undefined;
    },
    'DELETE /revoked-keys/:fingerprint': async ({ params }) => {
      await authorities.restore(params.fingerprint);
      return undefined;
    },
  };
}

function shownAuthority({ fingerprint, algorithm, comment, addedAt }: AuthorityRecord): {
  readonly fingerprint: string;
  readonly algorithm: string;
  readonly comment: string;
  readonly addedAt: number;
} {
  return { fingerprint, algorithm, comment, addedAt };
}
