import type { RoutedPort } from '../topology/route-port.ts';
import type { PortChange } from '../topology/routed-ports.ts';
import { baseTable, containers, isMap, tableOf, type NftSettings } from './base-table.ts';
import { isPortChain } from './element-names.ts';
import type { ElementChange } from './element-ledger.ts';
import { renderNftPort, type Element, type PortTable } from './nft-port.ts';
import type { TableListing } from './nft.ts';

/** Commands for nft, and the chains that they leave empty, to be deleted a while later. */
export interface Transaction { commands: string; emptied: readonly string[] }

/**
 * Everything, over whatever is there. Clients that stay with endpoints are kept; chains that nobody wants any more are emptied: kernels before
 * 6.2 still count references of elements that went in the same transaction, and would refuse to delete them. Pure.
 */
export function fullTransaction(tables: Iterable<PortTable>, elements: Iterable<Element>, { present, settings }: { present: TableListing | undefined; settings: NftSettings }): Transaction {
  const table = tableOf(settings);
  const lines = [...baseTable(settings), ...containers.map((name) => `flush ${isMap(name) ? 'map' : 'set'} ${table} ${name}`)];
  const rules: string[] = [];
  const wanted = { chains: new Set<string>(), sets: new Set<string>() };
  for (const { chains, affinitySets } of tables) {
    for (const [set, seconds] of affinitySets) { wanted.sets.add(set); lines.push(addAffinitySet(settings, set, seconds)); }
    for (const [chain, list] of chains) {
      wanted.chains.add(chain);
      lines.push(`add chain ${table} ${chain}`);
      if (present?.chains.has(chain) === true) lines.push(`flush chain ${table} ${chain}`);
      for (const rule of list) rules.push(`add rule ${table} ${chain} ${rule}`);
    }
  }
  const emptied = [...present?.chains ?? []].filter((chain) => isPortChain(chain) && !wanted.chains.has(chain));
  const staleSets = [...present?.sets ?? []].filter((set) => set.startsWith('affinity-') && !wanted.sets.has(set));
  lines.push(...emptied.map((chain) => `flush chain ${table} ${chain}`), ...rules, ...addElements(table, elements), ...staleSets.map((set) => `delete set ${table} ${set}`), '');
  return { commands: lines.join('\n'), emptied };
}

/** What turns ports as they were into what they are now: single elements, and chains of the ports alone. Pure but for the ledger's elements, which come in `elements`. */
export function changeTransaction(changes: readonly PortChange[], elements: readonly ElementChange[], settings: NftSettings): Transaction {
  const table = tableOf(settings);
  const render = (ports: readonly RoutedPort[]): PortTable => merge(ports.map((port) => renderNftPort(port, settings)));
  const lines: string[] = [];
  const rules: string[] = [];
  const late: string[] = [];
  const emptied: string[] = [];
  for (const { before, after } of changes) {
    const [old, now] = [render(before), render(after)];
    const retimed = [...now.affinitySets].filter(([set, seconds]) => old.affinitySets.has(set) && old.affinitySets.get(set) !== seconds).map(([set]) => set);
    if (retimed.length > 0) lines.push(...[...old.chains.keys()].map((chain) => `flush chain ${table} ${chain}`), ...retimed.map((set) => `delete set ${table} ${set}`)); // a set keeps the time it was made with
    for (const [set, seconds] of now.affinitySets) if (old.affinitySets.get(set) !== seconds) lines.push(addAffinitySet(settings, set, seconds));
    for (const [chain, list] of now.chains) {
      if (retimed.length === 0 && list.join('\n') === old.chains.get(chain)?.join('\n')) continue;
      lines.push(`add chain ${table} ${chain}`, `flush chain ${table} ${chain}`);
      rules.push(...list.map((rule) => `add rule ${table} ${chain} ${rule}`));
    }
    for (const chain of old.chains.keys()) if (!now.chains.has(chain)) { emptied.push(chain); late.push(`flush chain ${table} ${chain}`); }
    for (const set of old.affinitySets.keys()) if (!now.affinitySets.has(set)) late.push(`delete set ${table} ${set}`);
  }
  const all = [...lines, ...deleteElements(table, elements), ...rules, ...addElements(table, elements.flatMap((one) => (one.do === 'add' ? [one.element] : []))), ...late];
  return { commands: all.length === 0 ? '' : `${all.join('\n')}\n`, emptied };
}

export function deleteChains(chains: readonly string[], settings: NftSettings): string {
  return chains.map((chain) => `delete chain ${tableOf(settings)} ${chain}\n`).join('');
}

function merge(tables: readonly PortTable[]): Pick<PortTable, 'chains' | 'affinitySets'> & PortTable {
  return {
    elements: tables.flatMap((one) => one.elements),
    chains: new Map(tables.flatMap((one) => [...one.chains])), affinitySets: new Map(tables.flatMap((one) => [...one.affinitySets])),
  };
}

function addAffinitySet(settings: NftSettings, set: string, seconds: number): string {
  return `add set ${tableOf(settings)} ${set} { type ${settings.family === 'IPv4' ? 'ipv4_addr' : 'ipv6_addr'} ; flags dynamic,timeout ; timeout ${seconds}s ; }`;
}

/** One command for each set or map, however many elements: nft looks up the container once. */
function addElements(table: string, elements: Iterable<Element>): string[] {
  const byContainer = new Map<string, string[]>();
  for (const { container, key, verdict } of elements) {
    const text = verdict === undefined ? key : `${key} : ${verdict}`;
    const list = byContainer.get(container);
    if (list) list.push(text); else byContainer.set(container, [text]);
  }
  return [...byContainer].map(([container, list]) => `add element ${table} ${container} { ${list.join(', ')} }`);
}

function deleteElements(table: string, changes: readonly ElementChange[]): string[] {
  const byContainer = new Map<string, string[]>();
  for (const { do: action, element: { container, key } } of changes) {
    if (action !== 'delete') continue;
    const list = byContainer.get(container);
    if (list) list.push(key); else byContainer.set(container, [key]);
  }
  return [...byContainer].map(([container, list]) => `delete element ${table} ${container} { ${list.join(', ')} }`);
}
