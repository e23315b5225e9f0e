import type { Chains, RuleSet } from './rule-set.ts';

const TABLES = ['nat', 'filter'] as const;

/** Chains of ours that others may still jump to are emptied but not deleted before the jumps are gone. */
const DELETABLE = /^KUBE-(SVC|SVL|EXT|SEP|FW)-/;

/**
 * The input of `iptables-restore --noflush` that turns what was applied into what is wanted: only chains that differ are written, so one
 * change costs the same among ten services and among ten thousand. Empty when nothing differs. Pure.
 */
export function planRestore(applied: RuleSet | undefined, wanted: RuleSet): string {
  return TABLES.map((table) => planTable(table, applied?.[table] ?? new Map(), wanted[table])).join('');
}

function planTable(table: string, applied: Chains, wanted: Chains): string {
  const written = [...wanted].filter(([chain, rules]) => !sameRules(applied.get(chain), rules));
  const deleted = [...applied.keys()].filter((chain) => !wanted.has(chain) && DELETABLE.test(chain));
  if (written.length === 0 && deleted.length === 0) return '';
  const lines = [`*${table}`, ...written.map(([chain]) => `:${chain} - [0:0]`), ...deleted.map((chain) => `:${chain} - [0:0]`)];
  for (const [chain, rules] of written) for (const rule of rules) lines.push(`-A ${chain} ${rule}`);
  for (const chain of deleted) lines.push(`-X ${chain}`);
  lines.push('COMMIT', '');
  return lines.join('\n');
}

function sameRules(a: readonly string[] | undefined, b: readonly string[]): boolean {
  return a !== undefined && a.length === b.length && a.every((rule, i) => rule === b[i]);
}
