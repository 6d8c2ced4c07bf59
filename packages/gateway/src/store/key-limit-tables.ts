/**
 * `limits` is null for a key that never had any and an empty list for one that lost them; `family` is null for the first key of its rotations. Those that were
 * rotated before get theirs from what they replace.
 */
export const KEY_LIMIT_COLUMNS: readonly string[] = [
  'ALTER TABLE sallyport_keys ADD COLUMN limits TEXT',
  'ALTER TABLE sallyport_keys ADD COLUMN family TEXT',
  `WITH RECURSIVE line(id, up) AS (
     SELECT id, replaces FROM sallyport_keys WHERE replaces IS NOT NULL
     UNION
     SELECT line.id, older.replaces FROM line JOIN sallyport_keys AS older ON older.id = line.up WHERE older.replaces IS NOT NULL
   )
   UPDATE sallyport_keys SET family = line.up FROM line JOIN sallyport_keys AS first ON first.id = line.up
   WHERE sallyport_keys.id = line.id AND first.replaces IS NULL`,
  'CREATE INDEX sallyport_keys_family ON sallyport_keys (family)',
];
