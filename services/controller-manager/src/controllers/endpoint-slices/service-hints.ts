import type { IpFamily } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { draftOf, type Draft, type Slice, type SliceChanges } from './slice-drafts.ts';
import { isOverloaded, wantsTopologyHints, withTopologyHints, type ZoneCounts } from './topology-hints.ts';
import { hintedNear, lacksNearHints, trafficDistributionOf, type TrafficDistribution } from './traffic-distribution.ts';
import type { ZoneShares } from './zone-shares.ts';

/** What is remembered of a Service whose endpoints are shared out among zones. */
export interface HintState { populated: boolean; counts: ReadonlyMap<IpFamily, ZoneCounts> }

export interface HintEvent { type: 'Normal' | 'Warning'; reason: string; message: string }

export interface Hinted { changes: SliceChanges; state: HintState; events: readonly HintEvent[] }

const NONE: HintState = { populated: false, counts: new Map() };

/** Which Services' zones are to be looked at again when nodes change. */
export class HintMemory {
  readonly #states = new Map<string, HintState>();

  of(key: string): HintState { return this.#states.get(key) ?? NONE; }

  set(key: string, state: HintState): void {
    if (state.counts.size > 0 || state.populated) this.#states.set(key, state);
    else this.#states.delete(key);
  }

  forget(key: string): void { this.#states.delete(key); }

  /** Services with a zone that now has too few endpoints. `sharesNow` is asked only if there are any to look at. */
  overloaded(sharesNow: () => ZoneShares): string[] {
    if (this.#states.size === 0) return [];
    const shares = sharesNow();
    return [...this.#states].flatMap(([key, { counts }]) => ([...counts.values()].some((one) => isOverloaded(one, shares)) ? [key] : []));
  }
}

/** The changes with the hints that the Service asks for: by zones' shares, near, or none. */
export function withHints(changes: SliceChanges, unchanged: readonly Slice[], { service, family, shares, state }: { service: Readonly<coreV1.Service>; family: IpFamily; shares: ZoneShares; state: HintState }): Hinted {
  if (wantsTopologyHints(service)) return byShares(changes, unchanged, { family, shares, state });
  const events = state.populated ? [warning('Topology Aware Hints has been disabled', family)] : [];
  const wish = trafficDistributionOf(service);
  return { changes: wish === undefined ? withoutHints(changes, unchanged) : near(changes, unchanged, wish), state: without(state, family), events };
}

function byShares(changes: SliceChanges, unchanged: readonly Slice[], { family, shares, state }: { family: IpFamily; shares: ZoneShares; state: HintState }): Hinted {
  const outcome = withTopologyHints(changes, unchanged, shares);
  if (!outcome.enabled) return { changes: withoutHints(changes, unchanged), state: without(state, family), events: [warning(outcome.why, family)] };
  const events = state.populated ? [] : [{ type: 'Normal', reason: 'TopologyAwareHintsEnabled', message: `Topology Aware Hints has been enabled, addressType: ${family}` } as const];
  return { changes: outcome.changes, state: { populated: true, counts: new Map([...state.counts, [family, outcome.counts]]) }, events };
}

function near({ create, update, remove }: SliceChanges, unchanged: readonly Slice[], wish: TrafficDistribution): SliceChanges {
  const lacking = unchanged.filter(({ endpoints }) => (endpoints ?? []).some((endpoint) => lacksNearHints(endpoint, wish)));
  const hint = (draft: Draft): Draft => ({ ...draft, endpoints: draft.endpoints.map((endpoint) => hintedNear(endpoint, wish)) });
  return { create: create.map(hint), update: [...update, ...lacking.map(draftOf)].map(hint), remove };
}

function withoutHints({ create, update, remove }: SliceChanges, unchanged: readonly Slice[]): SliceChanges {
  const hinted = unchanged.filter(({ endpoints }) => (endpoints ?? []).some(({ hints }) => hints !== undefined));
  const plain = (draft: Draft): Draft => ({ ...draft, endpoints: draft.endpoints.map(({ hints: _hints, ...endpoint }) => endpoint) });
  return { create: create.map(plain), update: [...update, ...hinted.map(draftOf)].map(plain), remove };
}

/** One family without shares makes the Service count as one without. */
function without({ counts }: HintState, family: IpFamily): HintState {
  return { populated: false, counts: new Map([...counts].filter(([one]) => one !== family)) };
}

function warning(message: string, family: IpFamily): HintEvent {
  return { type: 'Warning', reason: 'TopologyAwareHintsDisabled', message: `${message}, addressType: ${family}` };
}
