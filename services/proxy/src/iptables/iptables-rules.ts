import type { Backend, Iptables } from '@kubernode/netfilter';
import type { RuleWriter } from '../sync/rule-writer.ts';
import type { FamilyMetrics } from '../metrics.ts';
import type { RoutedPort } from '../topology/route-port.ts';
import { countEndpoints, type PortChange } from '../topology/routed-ports.ts';
import { baseChains, CANARY, jumps, nodePortRules, OUR_CHAIN } from './base-chains.ts';
import type { RenderSettings } from './render-port.ts';
import { fullRestore, partialRestore, PIECE_CHAINS, ruleCounts, type RestoreInput } from './restore-input.ts';

/** Above this many endpoints rules of endpoints have no comments, as in kube-proxy: tables are a third smaller. */
const COMMENTED_ENDPOINTS_MAX = 1000;
/** iptables-save prints up to this many rules fast enough to be asked for them every half minute. */
const THOROUGH_RULES_MAX = 5000;

/** Keeps the rules of one family by iptables. */
export class IptablesRules implements RuleWriter {
  readonly #iptables: Iptables;
  readonly #settings: RenderSettings;
  readonly #metrics: FamilyMetrics;
  /** Each commit costs legacy iptables the whole table, so there it is one. */
  readonly #inPieces: boolean;
  #withComments = true;
  #rules = { nat: 0, filter: 0 };

  constructor({ iptables, backend, settings, metrics }: { iptables: Iptables; backend: Backend; settings: RenderSettings; metrics: FamilyMetrics }) {
    this.#iptables = iptables;
    this.#inPieces = backend !== 'legacy';
    this.#settings = settings;
    this.#metrics = metrics;
  }

  async writeAll(ports: readonly RoutedPort[]): Promise<void> {
    this.#withComments = countEndpoints(ports) <= COMMENTED_ENDPOINTS_MAX;
    const present = new Set((await this.#iptables.chains()).get('nat')?.keys());
    const input = fullRestore(ports, present, { ...this.#options, pieceChains: this.#inPieces ? PIECE_CHAINS : Infinity });
    await this.#iptables.restore(input.text);
    if (!await this.#iptables.has(jumps)) for (const jump of jumps) await this.#iptables.ensureJump(jump);
    this.#rules = { ...input.rules };
    this.#tell(input);
  }

  async writeChanges(changes: readonly PortChange[]): Promise<void> {
    const input = partialRestore(changes, this.#options);
    if (input.text !== '') await this.#iptables.restore(input.text);
    for (const table of ['nat', 'filter'] as const) {
      for (const { before, after } of changes) this.#rules[table] += this.#count(after, table) - this.#count(before, table);
    }
    this.#tell(input);
  }

  async isIntact(look: 'quick' | 'thorough'): Promise<boolean> {
    const isLarge = this.#rules.nat + this.#rules.filter > THOROUGH_RULES_MAX;
    if (look === 'quick' && isLarge) return true; // the programs read all of a table to say anything of it
    if (look === 'thorough' && !isLarge) return this.#isAllThere();
    const last = nodePortRules(this.#settings).map((rule) => ({ table: 'nat' as const, chain: 'KUBE-SERVICES', rule }));
    const base = baseChains(this.#settings);
    const fixed = (['nat', 'filter'] as const).flatMap((table) => [...base[table]].flatMap(([chain, rules]) => rules.map((rule) => ({ table, chain, rule }))));
    return this.#iptables.has([...jumps, ...fixed, ...last]);
  }

  wantsAll({ endpoints }: { endpoints: number }): boolean { return this.#withComments && endpoints > COMMENTED_ENDPOINTS_MAX; }

  get #options(): { settings: RenderSettings; withComments: boolean } { return { settings: this.#settings, withComments: this.#withComments }; }

  #count(ports: readonly RoutedPort[], table: 'nat' | 'filter'): number {
    return ports.reduce((sum, port) => sum + ruleCounts(port, this.#options)[table], 0);
  }

  async #isAllThere(): Promise<boolean> {
    if (!await this.#iptables.has(jumps)) return false;
    const present = await this.#iptables.chains();
    const base = baseChains(this.#settings);
    const count = (table: 'nat' | 'filter'): number => [...present.get(table) ?? []].reduce((sum, [chain, rules]) => sum + (OUR_CHAIN.test(chain) || base[table].has(chain) ? rules : 0), 0);
    return present.get('nat')?.has(CANARY) === true && count('nat') === this.#rules.nat && count('filter') === this.#rules.filter;
  }

  #tell({ rules }: RestoreInput): void {
    for (const table of ['nat', 'filter'] as const) {
      this.#metrics.iptablesRules(table, this.#rules[table]);
      this.#metrics.iptablesRulesWritten(table, rules[table]);
    }
  }
}

/** Takes all of ours out again: for another mode, and for `--cleanup`. */
export async function removeIptablesRules(iptables: Iptables): Promise<void> {
  const present = await iptables.chains();
  if (![...present.values()].some((chains) => chains.has(CANARY))) return;
  for (const jump of jumps) if (!jump.rule.includes('KUBE-FIREWALL')) await iptables.removeJump(jump);
  const input = [...present].map(([table, chains]) => {
    const names = [...chains.keys()].filter((chain) => OUR_CHAIN.test(chain));
    return names.length === 0 ? '' : [`*${table}`, ...names.map((chain) => `:${chain} - [0:0]`), ...names.map((chain) => `-X ${chain}`), 'COMMIT', ''].join('\n');
  }).join('');
  if (input !== '') await iptables.restore(input);
}
