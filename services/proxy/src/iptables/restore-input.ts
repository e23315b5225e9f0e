import { sameRules, type Table } from '@kubernode/netfilter';
import type { RoutedPort } from '../topology/route-port.ts';
import type { PortChange } from '../topology/routed-ports.ts';
import { baseChains, nodePortRules, PORT_CHAIN } from './base-chains.ts';
import { renderPort, type DispatchRule, type PortRules, type RenderSettings } from './render-port.ts';

/** What `iptables-restore --noflush` is given, and how many rules that writes. */
export interface RestoreInput { text: string; rules: Readonly<Record<'nat' | 'filter', number>> }

export interface RestoreOptions { settings: RenderSettings; withComments: boolean }

/**
 * iptables on nftables looks for each chain of a commit among all that it named before, so its time grows with the square of their number: at
 * 10,000 services 25 s in one commit, 5 s in pieces of this many chains.
 */
export const PIECE_CHAINS = 600;

/**
 * Everything, over whatever is there: chains of ports that are `present` and no longer wanted are deleted. With `pieceChains` the ports' own
 * chains come first and in several commits; packets get to none of them before the last one. Pure.
 */
export function fullRestore(ports: Iterable<RoutedPort>, present: ReadonlySet<string>, { settings, withComments, pieceChains = Infinity }: RestoreOptions & { pieceChains?: number }): RestoreInput {
  const base = baseChains(settings);
  const chains = { mangle: new Map(base.mangle), nat: new Map(base.nat), filter: new Map(base.filter) };
  const shared = new Map<string, string[]>();
  for (const port of ports) {
    const rules = renderPort(port, settings, { withComments });
    for (const [chain, list] of rules.chains) chains.nat.set(chain, list);
    for (const { table, chain, rule } of rules.dispatch) {
      const list = shared.get(`${table} ${chain}`);
      if (list) list.push(rule); else shared.set(`${table} ${chain}`, [rule]);
    }
  }
  for (const [where, list] of shared) {
    const [table, chain] = where.split(' ') as ['nat' | 'filter', string]; // joined above
    chains[table].set(chain, list);
  }
  chains.nat.set('KUBE-SERVICES', [...(chains.nat.get('KUBE-SERVICES') ?? []), ...nodePortRules(settings)]);
  const stale = [...present].filter((chain) => PORT_CHAIN.test(chain) && !chains.nat.has(chain));
  const pieces = piecesOf(chains.nat, pieceChains);
  const inputs = [...(['mangle', 'filter'] as const).map((table) => tableInput(table, { chains: chains[table], stale: [] })), ...pieces.map((piece) => tableInput('nat', { chains: piece, stale: [] }))];
  if (stale.length > 0) inputs.push(...piecesOf(new Map(stale.map((chain) => [chain, []])), pieceChains).map((piece) => tableInput('nat', { chains: new Map(), stale: [...piece.keys()] })));
  const text = inputs.join('');
  return { text, rules: { nat: countRules(chains.nat), filter: countRules(chains.filter) } };
}

/**
 * What turns the rules of the ports as they were into those that they need now. Shared chains lose and gain single rules, at their heads, since
 * node ports come last: so a change costs the same whatever the number of services. Pure.
 */
export function partialRestore(changes: readonly PortChange[], { settings, withComments }: RestoreOptions): RestoreInput {
  const nat: TableChange = { chains: new Map(), stale: [], removed: [], added: [] };
  const filter: TableChange = { chains: new Map(), stale: [], removed: [], added: [] };
  const render = (port: RoutedPort): PortRules => renderPort(port, settings, { withComments });
  for (const { before, after } of changes) {
    const old = new Map(before.map((port) => [portKey(port), render(port)]));
    for (const port of after) {
      noteDifference(old.get(portKey(port)), render(port), { nat, filter });
      old.delete(portKey(port));
    }
    for (const rules of old.values()) noteDifference(rules, NO_RULES, { nat, filter });
  }
  const text = [filter, nat].map((change, i) => tableChangeInput(i === 0 ? 'filter' : 'nat', change)).join('');
  return { text, rules: { nat: countRules(nat.chains) + nat.added.length, filter: filter.added.length } };
}

/** How many rules a port has: the metric counts them all, also those that a change left alone. Pure. */
export function ruleCounts(port: RoutedPort, { settings, withComments }: RestoreOptions): Readonly<Record<'nat' | 'filter', number>> {
  const { dispatch, chains } = renderPort(port, settings, { withComments });
  const filter = dispatch.filter(({ table }) => table === 'filter').length;
  return { nat: countRules(chains) + dispatch.length - filter, filter };
}

/** Chains that others lead to come before those; the shared ones last. */
function piecesOf(chains: ReadonlyMap<string, readonly string[]>, size: number): ReadonlyMap<string, readonly string[]>[] {
  if (chains.size <= size) return [chains];
  const isShared = (chain: string): boolean => !PORT_CHAIN.test(chain);
  const own = [...chains].filter(([chain]) => !isShared(chain)).sort(([a], [b]) => rank(a) - rank(b));
  const first = [...chains].filter(([chain]) => chain === 'KUBE-MARK-MASQ');
  const last = [...chains].filter(([chain]) => isShared(chain) && chain !== 'KUBE-MARK-MASQ');
  const pieces = Array.from({ length: Math.ceil(own.length / size) }, (_, i) => new Map(own.slice(i * size, (i + 1) * size)));
  return [new Map(first), ...pieces, new Map(last)].filter((piece) => piece.size > 0);
}

/** KUBE-SEP is led to by KUBE-SVC and KUBE-SVL, these by KUBE-EXT, and that by KUBE-FW. */
const RANKS: Readonly<Record<string, number>> = { SEP: 0, SVC: 1, SVL: 1, EXT: 2, FW: 3 };
const rank = (chain: string): number => RANKS[PORT_CHAIN.exec(chain)?.[1] ?? ''] ?? 0;

const NO_RULES: PortRules = { dispatch: [], chains: new Map() };
const portKey = ({ portName, protocol }: RoutedPort): string => `${portName}/${protocol}`;

interface TableChange { chains: Map<string, readonly string[]>; stale: string[]; removed: DispatchRule[]; added: DispatchRule[] }

function noteDifference(before: PortRules = NO_RULES, after: PortRules, tables: Readonly<Record<'nat' | 'filter', TableChange>>): void {
  for (const [chain, rules] of after.chains) if (!sameRules(before.chains.get(chain), rules)) tables.nat.chains.set(chain, rules);
  for (const chain of before.chains.keys()) if (!after.chains.has(chain)) tables.nat.stale.push(chain);
  const has = (list: readonly DispatchRule[], one: DispatchRule): boolean => list.some((other) => other.rule === one.rule && other.chain === one.chain && other.table === one.table);
  for (const one of before.dispatch) if (!has(after.dispatch, one)) tables[one.table].removed.push(one);
  for (const one of after.dispatch) if (!has(before.dispatch, one)) tables[one.table].added.push(one);
}

function tableInput(table: Table, { chains, stale }: { chains: ReadonlyMap<string, readonly string[]>; stale: readonly string[] }): string {
  const lines = [`*${table}`];
  for (const chain of chains.keys()) lines.push(`:${chain} - [0:0]`);
  for (const chain of stale) lines.push(`:${chain} - [0:0]`);
  for (const [chain, rules] of chains) for (const rule of rules) lines.push(`-A ${chain} ${rule}`);
  for (const chain of stale) lines.push(`-X ${chain}`);
  lines.push('COMMIT', '');
  return lines.join('\n');
}

/** New chains come before the rules that lead to them, and old ones go after those. */
function tableChangeInput(table: Table, { chains, stale, removed, added }: TableChange): string {
  if (chains.size + stale.length + removed.length + added.length === 0) return '';
  const lines = [`*${table}`];
  for (const chain of [...chains.keys(), ...stale]) lines.push(`:${chain} - [0:0]`);
  for (const { chain, rule } of removed) lines.push(`-D ${chain} ${rule}`);
  for (const [chain, rules] of chains) for (const rule of rules) lines.push(`-A ${chain} ${rule}`);
  for (const { chain, rule } of added) lines.push(`-I ${chain} ${rule}`);
  for (const chain of stale) lines.push(`-X ${chain}`);
  lines.push('COMMIT', '');
  return lines.join('\n');
}

function countRules(chains: ReadonlyMap<string, readonly string[]>): number {
  let count = 0;
  for (const rules of chains.values()) count += rules.length;
  return count;
}
