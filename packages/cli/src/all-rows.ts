const PAGE = 1000;

/** Everything that the store lists page by page, in the order of ids. `list` gives at most `limit` rows after an id; `''` stands before all. */
export async function* allRows<Row extends { readonly id: string }>(
  list: (afterId: string, limit: number) => Promise<readonly Row[]>,
): AsyncGenerator<Row> {
  for (let after = ''; ; ) {
    const page = await list(after, PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.id;
  }
}
