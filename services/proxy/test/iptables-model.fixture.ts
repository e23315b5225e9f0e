import { inRanges } from '../src/topology/node-port-addresses.ts';
import { NODE_IP, type Fate, type Packet } from './expected-fate.fixture.ts';

type Tables = Map<string, Map<string, string[]>>;

/** What iptables-restore --noflush makes of inputs, and what becomes of packets: as much of both as the proxy's rules use. Throws where iptables would refuse. */
export class IptablesModel {
  readonly tables: Tables = new Map();

  restore(input: string): void {
    let chains = new Map<string, string[]>();
    for (const line of input.split('\n')) {
      const [, table] = /^\*(\S+)/.exec(line) ?? [];
      if (table !== undefined) { chains = this.tables.get(table) ?? new Map(); this.tables.set(table, chains); continue; }
      const [, created] = /^:(\S+)/.exec(line) ?? [];
      if (created !== undefined) { chains.set(created, []); continue; }
      const [, action, chain = '', rule = ''] = /^(-[A-Z]) (\S+) ?(.*)$/.exec(line) ?? [];
      if (action === undefined) continue;
      apply(chains, { action, chain, rule });
    }
    for (const [table, list] of this.tables) for (const [chain, rules] of list) for (const rule of rules) {
      const target = /-j (KUBE-\S+)/.exec(rule)?.[1];
      if (target !== undefined && !list.has(target)) throw new Error(`${table} ${chain}: no chain ${target}`);
    }
  }

  /** The fate of a new packet: translation first, then the filters on where it would go. */
  fateOf(packet: Packet): Fate {
    const ends = new Set<string>();
    this.#walk('nat', 'KUBE-SERVICES', { ...packet, masquerade: false }, ends);
    const forwarded = [...ends].filter((end) => end.startsWith('dnat ')).map((end) => end.slice(5)).sort();
    if (forwarded.length > 0) return { kind: 'forward', to: forwarded };
    const verdicts = ['KUBE-PROXY-FIREWALL', 'KUBE-EXTERNAL-SERVICES', 'KUBE-SERVICES'].map((chain) => this.#verdict(chain, packet));
    return { kind: verdicts.find((one) => one !== undefined) ?? 'none' };
  }

  #verdict(chain: string, packet: Packet): 'reject' | 'drop' | undefined {
    const rule = this.tables.get('filter')?.get(chain)?.find((one) => / -j (DROP|REJECT)/.test(one) && matches(one, packet));
    return rule === undefined ? undefined : rule.endsWith('DROP') ? 'drop' : 'reject';
  }

  /** Collects every end that chance allows; returns whether the packet may come back to the chain before. */
  #walk(table: string, chain: string, packet: Packet & { masquerade: boolean }, ends: Set<string>): { back: boolean; masquerade: boolean } {
    const state = { ...packet };
    for (const rule of this.tables.get(table)?.get(chain) ?? []) {
      if (!matches(rule, state)) continue;
      const [, target] = / ?-j (\S+)/.exec(rule) ?? [];
      if (target === undefined) continue;
      if (target === 'KUBE-MARK-MASQ') { state.masquerade = true; continue; }
      if (target === 'DNAT') { ends.add(`dnat ${/--to-destination (\S+)/.exec(rule)?.[1] ?? ''}${state.masquerade ? ' masqueraded' : ''}`); return { back: false, masquerade: state.masquerade }; }
      const result = this.#walk(table, target, state, ends);
      const byChance = rule.includes('--mode random') || rule.includes('--rcheck');
      if (!result.back && !byChance) return result;
      if (result.back) state.masquerade = result.masquerade;
    }
    return { back: true, masquerade: state.masquerade };
  }
}

function apply(chains: Map<string, string[]>, { action, chain, rule }: { action: string; chain: string; rule: string }): void {
  const rules = chains.get(chain);
  if (rules === undefined) throw new Error(`no chain ${chain}`);
  if (action === '-A') rules.push(rule);
  else if (action === '-I') rules.unshift(rule);
  else if (action === '-D') {
    if (!rules.includes(rule)) throw new Error(`no such rule in ${chain}: ${rule}`);
    rules.splice(rules.indexOf(rule), 1);
  } else if (action === '-X') {
    if ([...chains.values()].some((list) => list.some((one) => one.includes(`-j ${chain}`)))) throw new Error(`${chain} is still in use`);
    chains.delete(chain);
  } else throw new Error(`unknown action ${action}`);
}

function matches(rule: string, { source, destination, port, protocol }: Packet): boolean {
  const text = rule.replace(/--comment "[^"]*"/, '');
  const value = (option: string): { negated: boolean; value: string } | undefined => {
    const [, not, found] = new RegExp(`(! )?${option} (\\S+)`).exec(text) ?? [];
    return found === undefined ? undefined : { negated: not !== undefined, value: found };
  };
  const range = (address: string, given: { negated: boolean; value: string } | undefined): boolean => given === undefined || inRanges(address, [given.value.includes('/') ? given.value : `${given.value}/32`]) !== given.negated;
  return (value('-p') === undefined || value('-p')?.value === protocol) && (value('--dport') === undefined || value('--dport')?.value === String(port))
    && range(destination, value('-d')) && range(source, value('-s'))
    && (!text.includes('--dst-type LOCAL') || destination === NODE_IP) && (!text.includes('--src-type LOCAL') || source === NODE_IP);
}
