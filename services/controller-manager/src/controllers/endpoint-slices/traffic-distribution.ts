import { sameJson } from '@kubernode/apimachinery';
import type { coreV1, discoveryV1 } from '@kubernode/api';
import type { Endpoint } from './slice-drafts.ts';

export type TrafficDistribution = 'PreferClose' | 'PreferSameZone' | 'PreferSameNode';

/** How near a Service wants its traffic; undefined for no preference. PreferClose is the older name of PreferSameZone. */
export function trafficDistributionOf({ spec }: Readonly<coreV1.Service>): TrafficDistribution | undefined {
  const wish = spec?.trafficDistribution;
  return wish === 'PreferClose' || wish === 'PreferSameZone' || wish === 'PreferSameNode' ? wish : undefined;
}

/** The endpoint with the hints that keep traffic near; one that is not ready keeps what it has. */
export function hintedNear(endpoint: Endpoint, wish: TrafficDistribution): Endpoint {
  if (endpoint.conditions?.ready !== true) return endpoint;
  const { hints: _hints, ...plain } = endpoint;
  const hints = nearHints(endpoint, wish);
  return hints === undefined ? plain : { ...plain, hints };
}

/** Whether the hints of a ready endpoint are other than wished. */
export function lacksNearHints(endpoint: Endpoint, wish: TrafficDistribution): boolean {
  return endpoint.conditions?.ready === true && !sameJson(endpoint.hints ?? {}, nearHints(endpoint, wish) ?? {});
}

function nearHints({ zone, nodeName }: Endpoint, wish: TrafficDistribution): discoveryV1.EndpointHints | undefined {
  const forNodes = wish === 'PreferSameNode' && nodeName !== undefined ? [{ name: nodeName }] : undefined;
  if (zone === undefined && forNodes === undefined) return undefined;
  return { ...(zone !== undefined && { forZones: [{ name: zone }] }), ...(forNodes && { forNodes }) };
}
