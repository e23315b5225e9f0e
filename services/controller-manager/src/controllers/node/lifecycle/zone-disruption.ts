import type { coreV1 } from '@kubernode/api';
import { setRate, type RateLimit } from './rate-limit.ts';

type Node = Readonly<coreV1.Node>;

export type ZoneState = 'Initial' | 'Normal' | 'PartialDisruption' | 'FullDisruption';

/** A part of the cluster that may fail as a whole, and how fast its nodes are given up. */
export interface Zone { readonly state: ZoneState; readonly limit: RateLimit }

export interface DisruptionOptions {
  /** Nodes a second that are given up in a zone that is well, and in a large one that is not. */
  evictionRate: number;
  secondaryEvictionRate: number;
  /** Up to this many nodes a zone that is not well loses none. */
  largeClusterSize: number;
  /** The share of nodes that are not ready from which a zone is not well. */
  unhealthyZoneShare: number;
}

/** How many nodes of a zone are ready, and how many are not. */
export interface ZoneTally { ready: number; notReady: number }

/** `entered`: no node of the cluster is ready any more, so it is the controller that is cut off; `left`: that is over. */
export interface Disruption { zones: ReadonlyMap<string, Zone>; cut: 'entered' | 'left' | undefined }

const EXCLUDED = 'node.kubernetes.io/exclude-disruption';
/** Fewer nodes than this that are not ready are no trouble of their zone. */
const UNHEALTHY_MIN = 3;

/** Nodes of one region and zone. Those without either are a zone as well. */
export function zoneKeyOf({ metadata: { labels = {} } }: Node): string {
  const region = labels['failure-domain.beta.kubernetes.io/region'] ?? labels['topology.kubernetes.io/region'] ?? '';
  const zone = labels['failure-domain.beta.kubernetes.io/zone'] ?? labels['topology.kubernetes.io/zone'] ?? '';
  return region === '' && zone === '' ? '' : `${region}:\u0000:${zone}`;
}

export function countsForDisruption({ metadata: { labels } }: Node): boolean { return labels?.[EXCLUDED] === undefined; }

export function stateOf({ ready, notReady }: ZoneTally, unhealthyZoneShare: number): ZoneState {
  if (ready === 0 && notReady > 0) return 'FullDisruption';
  if (notReady >= UNHEALTHY_MIN && notReady / (notReady + ready) >= unhealthyZoneShare) return 'PartialDisruption';
  return 'Normal';
}

/**
 * The states of zones after a look at all nodes, with their limits. While some zone is well, a wholly failed one is given up at full
 * speed: its pods can go elsewhere. When all have failed nobody is given up.
 */
export function disruptionAfter(zones: ReadonlyMap<string, Zone>, tallies: ReadonlyMap<string, ZoneTally>, options: DisruptionOptions, nowMs: number): Disruption {
  const states = new Map([...tallies].map(([key, tally]) => [key, stateOf(tally, options.unhealthyZoneShare)]));
  const allAre = [...states.values()].every((state) => state === 'FullDisruption');
  const allWere = [...states.keys()].every((key) => zones.get(key)?.state === 'FullDisruption');
  if (allAre && allWere) return { zones, cut: undefined };
  const next = new Map([...zones].map(([key, zone]): [string, Zone] => {
    const tally = tallies.get(key);
    if (tally === undefined) return [key, zone];
    if (allAre) return [key, { state: 'FullDisruption', limit: setRate(zone.limit, 0, nowMs) }];
    const state = states.get(key) ?? zone.state;
    return [key, state === zone.state && !allWere ? zone : { state, limit: setRate(zone.limit, rateFor(state, tally, options), nowMs) }];
  }));
  return { zones: next, cut: allAre ? 'entered' : allWere ? 'left' : undefined };
}

function rateFor(state: ZoneState, { ready, notReady }: ZoneTally, { evictionRate, secondaryEvictionRate, largeClusterSize }: DisruptionOptions): number {
  if (state !== 'PartialDisruption') return evictionRate;
  return ready + notReady > largeClusterSize ? secondaryEvictionRate : 0;
}
