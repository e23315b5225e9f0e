import type { Clock } from '@kubernode/base';
import type { FamilyMetrics } from '../metrics.ts';
import type { RuleWriter } from '../sync/rule-writer.ts';
import type { RoutedPort } from '../topology/route-port.ts';
import type { PortChange } from '../topology/routed-ports.ts';
import { tableOf, type NftSettings } from './base-table.ts';
import { ElementLedger } from './element-ledger.ts';
import type { Nft } from './nft.ts';
import { renderNftPort } from './nft-port.ts';
import { changeTransaction, deleteChains, fullTransaction } from './transaction.ts';

/** Kernels before 6.2 let go of a chain's references a moment after the transaction, ms. */
const STALE_CHAIN_MS = 1000;
/** Up to this many elements nft lists the table fast enough to be asked every half minute. */
const THOROUGH_ELEMENTS_MAX = 5000;

/** Keeps the rules of one family by nftables: sets and maps get and lose single elements, so that neither packets nor changes pay for other services. */
export class NftablesRules implements RuleWriter {
  readonly #nft: Nft;
  readonly #settings: NftSettings;
  readonly #clock: Clock;
  readonly #metrics: FamilyMetrics;
  readonly #ledger = new ElementLedger();
  /** Chains that are empty and to be deleted, with when they became so. */
  readonly #stale = new Map<string, number>();
  #elementCount = 0;

  constructor({ nft, settings, clock, metrics }: { nft: Nft; settings: NftSettings; clock: Clock; metrics: FamilyMetrics }) {
    this.#nft = nft;
    this.#settings = settings;
    this.#clock = clock;
    this.#metrics = metrics;
  }

  async writeAll(ports: readonly RoutedPort[]): Promise<void> {
    const present = await this.#nft.list({ terse: true });
    const tables = ports.map((port) => renderNftPort(port, this.#settings));
    this.#ledger.clear();
    for (const { elements } of tables) this.#ledger.change({ added: elements, removed: [] });
    const { commands, emptied } = fullTransaction(tables, this.#ledger.elements(), { present, settings: this.#settings });
    this.#stale.clear();
    try { await this.#nft.run(commands); } catch (error) {
      if (present === undefined) throw error;
      const afresh = fullTransaction(tables, this.#ledger.elements(), { present: undefined, settings: this.#settings }); // what is there does not go together with what is wanted
      await this.#nft.run(`delete table ${tableOf(this.#settings)}\n${afresh.commands}`);
    }
    this.#noteStale(emptied);
    this.#elementCount = [...this.#ledger.elements()].length;
  }

  async writeChanges(changes: readonly PortChange[]): Promise<void> {
    await this.#deleteStale();
    const elements = changes.flatMap(({ before, after }) => this.#ledger.change({ removed: this.#elementsOf(before), added: this.#elementsOf(after) }));
    const { commands, emptied } = changeTransaction(changes, elements, this.#settings);
    for (const { after } of changes) for (const port of after) for (const chain of renderNftPort(port, this.#settings).chains.keys()) this.#stale.delete(chain);
    if (commands !== '') await this.#nft.run(commands);
    this.#noteStale(emptied);
    for (const { do: action } of elements) this.#elementCount += action === 'add' ? 1 : -1;
  }

  async isIntact(look: 'quick' | 'thorough'): Promise<boolean> {
    await this.#deleteStale();
    const isLarge = this.#elementCount > THOROUGH_ELEMENTS_MAX;
    if (look === 'quick' && isLarge) return true; // even the name of a large table takes nft half a second
    if (look === 'quick' || isLarge) return this.#nft.hasTable();
    const present = await this.#nft.list();
    return present !== undefined && present.elementCount >= this.#elementCount;
  }

  wantsAll(): boolean { return false; }

  #elementsOf(ports: readonly RoutedPort[]): ReturnType<typeof renderNftPort>['elements'] {
    return ports.flatMap((port) => renderNftPort(port, this.#settings).elements);
  }

  #noteStale(chains: readonly string[]): void {
    for (const chain of chains) this.#stale.set(chain, this.#clock.monotonicNow());
  }

  /** What cannot be deleted yet stays empty and unused; the next time that everything is written finds it. */
  async #deleteStale(): Promise<void> {
    const due = [...this.#stale].filter(([, since]) => this.#clock.monotonicNow() - since > STALE_CHAIN_MS).map(([chain]) => chain);
    if (due.length === 0) return;
    for (const chain of due) this.#stale.delete(chain);
    try { await this.#nft.run(deleteChains(due, this.#settings)); } catch { this.#metrics.cleanupFailed(); } // still referenced, or gone already
  }
}

/** Takes our table out again: for another mode, and for `--cleanup`. */
export async function removeNftablesRules(nft: Nft, settings: Pick<NftSettings, 'family'>): Promise<void> {
  await nft.run(`add table ${tableOf(settings)}\ndelete table ${tableOf(settings)}\n`);
}
