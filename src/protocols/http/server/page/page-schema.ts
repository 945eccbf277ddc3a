/**
 * What Fastify is told of a route of the page: what its requests hold, and how the description of the interface shows
 * it. Replies are those of the contract, whose types the page shares.
 */
export function pageSchema(summary: string, parts: { readonly body?: object } = {}): object {
  return { summary, tags: ['page'], security: [{ session: [] }], ...parts };
}
