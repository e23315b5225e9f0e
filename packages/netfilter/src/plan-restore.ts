import type { Chains, RuleSet, Table } from './rule-set.ts';

const TABLES: readonly Table[] = ['mangle', 'nat', 'filter'];

/**
 * The input of `iptables-restore --noflush` that turns what was applied into what is wanted: only chains that differ are written, so one
 * change costs the same among ten services and among ten thousand. Empty when nothing differs. Chains that are wanted no more are deleted
 * where `deletable` matches: others may still jump to the rest. Pure.
 */
export function planRestore(applied: RuleSet | undefined, wanted: RuleSet, { deletable }: { deletable: RegExp }): string {
  return TABLES.map((table) => planTable({ table, applied: applied?.[table] ?? new Map(), wanted: wanted[table] ?? new Map(), deletable })).join('');
}

function planTable({ table, applied, wanted, deletable }: { table: Table; applied: Chains; wanted: Chains; deletable: RegExp }): string {
  const written = [...wanted].filter(([chain, rules]) => !sameRules(applied.get(chain), rules));
  const deleted = [...applied.keys()].filter((chain) => !wanted.has(chain) && deletable.test(chain));
  if (written.length === 0 && deleted.length === 0) return '';
  const lines = [`*${table}`, ...written.map(([chain]) => `:${chain} - [0:0]`), ...deleted.map((chain) => `:${chain} - [0:0]`)];
  for (const [chain, rules] of written) for (const rule of rules) lines.push(`-A ${chain} ${rule}`);
  for (const chain of deleted) lines.push(`-X ${chain}`);
  lines.push('COMMIT', '');
  return lines.join('\n');
}

/** Whether a chain reads as it is wanted. */
export function sameRules(a: readonly string[] | undefined, b: readonly string[]): boolean {
  return a === b || a !== undefined && a.length === b.length && a.every((rule, i) => rule === b[i]);
}
