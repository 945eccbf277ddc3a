/** Gathers all pages of a list that goes by names. */
export async function everyPage<Row extends { readonly name: string }>(
  ask: (after: string | undefined) => Promise<{ readonly rows: readonly Row[]; readonly more: boolean }>,
): Promise<readonly Row[]> {
  const found: Row[] = [];
  for (let after: string | undefined; ;) {
    const { rows, more } = await ask(after);
    found.push(...rows);
    after = rows.at(-1)?.name;
    if (!more || after === undefined) return found;
  }
}
