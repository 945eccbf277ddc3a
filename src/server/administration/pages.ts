/** The first `limit` of rows that were asked for with one more, and whether there are more. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
): { readonly rows: readonly Row[]; readonly more: boolean } {
  return { rows: rows.slice(0, limit), more: rows.length > limit };
}
