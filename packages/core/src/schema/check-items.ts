import type { AppliedSchema } from './applied-schema.ts';
import { ALL } from './evaluation-journal.ts';
import { checkCount } from './keyword-checks.ts';
import type { Schema } from './normalized-graph.ts';
import { counted } from './schema-messages.ts';
import { hasUniqueItems } from './unique-items.ts';

/** What a schema says about the items of an array by itself, without what stands beside it. */
export function checkItems(applied: AppliedSchema, items: readonly unknown[]): void {
  const { schema, journal, path } = applied;
  const { uniqueItems, prefixItems, items: rest } = schema;
  checkCount(schema, items.length, 'Items', applied.report);
  if (uniqueItems === true && !hasUniqueItems(items)) applied.fail('uniqueItems', 'must not have the same item twice');
  const prefix = Array.isArray(prefixItems) ? (prefixItems as readonly Schema[]) : [];
  prefix.forEach((one, i) => {
    if (i >= items.length) return;
    applied.apply(one, items[i], { parent: path, token: i }, `/prefixItems/${i}`);
    journal.add(i);
  });
  if (rest !== undefined && items.length > prefix.length) {
    for (let i = prefix.length; i < items.length && !applied.isFull; i++)
      applied.apply(rest as Schema, items[i], { parent: path, token: i }, '/items');
    journal.add(ALL);
  }
  if (!applied.isDecided) checkContains(applied, items);
}

function checkContains(applied: AppliedSchema, items: readonly unknown[]): void {
  const { contains, minContains = 1, maxContains } = applied.schema;
  if (contains === undefined) return;
  let count = 0;
  const countWhere = (dropping: boolean): void =>
    items.forEach((item, i) => {
      if (!applied.test(contains as Schema, item, { parent: applied.path, token: i }, dropping)) return;
      count++;
      applied.journal.add(i);
    });
  countWhere(false);
  if (applied.options.dropping && typeof minContains === 'number' && count < minContains) {
    count = 0;
    countWhere(true);
  }
  if (typeof minContains === 'number' && count < minContains) {
    const keyword = applied.schema['minContains'] === undefined ? 'contains' : 'minContains';
    applied.fail(keyword, `must contain at least ${counted(minContains, 'item', 'items')} of a certain kind`);
  }
  if (typeof maxContains === 'number' && count > maxContains)
    applied.fail('maxContains', `must contain at most ${counted(maxContains, 'item', 'items')} of a certain kind`);
}

/** What it says about the items of which nothing beside it has spoken. */
export function checkUnevaluatedItems(applied: AppliedSchema, items: readonly unknown[]): void {
  const schema = applied.schema['unevaluatedItems'] as Schema | undefined;
  if (schema === undefined) return;
  const seen = applied.journal.indexes();
  if (seen === ALL) return;
  for (let i = 0; i < items.length && !applied.isFull; i++) {
    if (seen.has(i)) continue;
    if (schema === false) applied.fail('unevaluatedItems', 'is not declared', { parent: applied.path, token: i });
    else applied.apply(schema, items[i], { parent: applied.path, token: i }, '/unevaluatedItems');
  }
  applied.journal.add(ALL);
}
