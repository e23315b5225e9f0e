import { endpoint, routedPort } from '../../test/routed-port.fixture.ts';
import type { Endpoint } from './endpoint.ts';
import type { ServicePort } from './service-port.ts';

const here = endpoint('10.244.0.2', { isLocal: true });
const there = endpoint('10.244.1.3');
const ending = (one: Endpoint): Endpoint => ({ ...one, ready: false, terminating: true });
const gone = (one: Endpoint): Endpoint => ({ ...one, ready: false, serving: false });
const inZone = (one: Endpoint, zone: string): Endpoint => ({ ...one, zoneHints: [zone] });
const onNode = (one: Endpoint, node: string): Endpoint => ({ ...one, nodeHints: [node] });
const LOCAL = { externalLocal: true, nodePort: 30_000 };

/** Cluster-wide | local | reachable, by the last number of the address; `!` when no endpoint anywhere can be used. */
function routes(facts: Partial<ServicePort>, endpoints: readonly Endpoint[]): string {
  const { clusterEndpoints, localEndpoints, reachableEndpoints, hasEndpoints } = routedPort(facts, endpoints);
  return [clusterEndpoints, localEndpoints, reachableEndpoints].map((list) => list.map(({ ip }) => ip.slice(-1)).join('')).join('|') + (hasEndpoints ? '' : '!');
}

test.each<[string, Partial<ServicePort>, readonly Endpoint[], string]>([
  ['all that are ready', {}, [here, there], '23||23'],
  ['none', {}, [], '||!'],
  ['those that end only where none is ready', {}, [ending(here), there], '3||3'],
  ['those that end where none is ready', {}, [ending(here), gone(there)], '2||2'],
  ['not those that neither are ready nor serve', {}, [gone(here)], '||!'],
  ['those of this node for policy Local, all for its own pods', LOCAL, [here, there], '23|2|23'],
  ['none here, though others have some', LOCAL, [there], '3||3'],
  ['those here that end, beside ready ones elsewhere', LOCAL, [ending(here), there], '3|2|23'],
  ['only those here where nothing leads in from outside', { internalLocal: true }, [here, there], '|2|2'],
  ['none here for internal policy Local, though others have some', { internalLocal: true }, [there], '||'],
  ['those of the zone when all have hints', {}, [inZone(here, 'z1'), inZone(there, 'z2')], '2||2'],
  ['all when one lacks a hint', {}, [inZone(here, 'z1'), there], '23||23'],
  ['all when no hint is for this zone', {}, [inZone(here, 'z3'), inZone(there, 'z2')], '23||23'],
  ['those of the node before those of the zone', {}, [onNode(inZone(here, 'z2'), 'n1'), onNode(inZone(there, 'z1'), 'n2')], '2||2'],
  ['those of the zone when no hint is for this node', {}, [onNode(inZone(here, 'z2'), 'n3'), onNode(inZone(there, 'z1'), 'n2')], '3||3'],
  ['a local one that topology leaves out, for policy Local', LOCAL, [inZone(here, 'z2'), inZone(there, 'z1')], '3|2|23'],
])('routePort takes %s', (_, facts, endpoints, want) => { expect(routes(facts, endpoints)).toBe(want); });
