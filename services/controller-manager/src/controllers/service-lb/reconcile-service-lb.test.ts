import type { coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { reconcileServiceLb, type LoadBalancerSnapshot } from './reconcile-service-lb.ts';

const node = (name: string, ip: string, facts: { ready?: boolean; labels?: Record<string, string>; external?: string } = {}): coreV1.Node => ({
  apiVersion: 'v1', kind: 'Node', metadata: { name, ...(facts.labels && { labels: facts.labels }) },
  status: { addresses: [{ type: 'InternalIP', address: ip }, ...(facts.external === undefined ? [] : [{ type: 'ExternalIP', address: facts.external }])], conditions: [{ type: 'Ready', status: facts.ready === false ? 'False' : 'True' }] },
});

const service = (spec: Partial<coreV1.ServiceSpec> = {}, { ingress = [], name = 'web', created = '2026-01-02T00:00:00Z' }: { ingress?: string[]; name?: string; created?: string } = {}): coreV1.Service => ({
  apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'a', creationTimestamp: created }, spec: { type: 'LoadBalancer', ipFamilies: ['IPv4'], ports: [{ port: 80 }], ...spec }, status: { loadBalancer: { ingress: ingress.map((ip) => ({ ip })) } },
});

const nodes = [node('n1', '10.0.0.1'), node('n2', '10.0.0.2', { external: '203.0.113.2' }), node('n3', '10.0.0.3', { ready: false }), node('n4', '10.0.0.4', { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } })];
const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 's' }, addressType: 'IPv4', endpoints: [{ addresses: ['10.244.0.2'], nodeName: 'n1' }, { addresses: ['10.244.1.2'], nodeName: 'n2', conditions: { ready: false } }] };

/** What happens to the addresses: the new ones, `-` for nothing; and the events. */
function outcome(one: coreV1.Service, facts: Partial<LoadBalancerSnapshot> = {}): string {
  const { actions } = reconcileServiceLb({ service: one, balanced: [one], nodes, slices: [slice], clusterPorts: new Set([7443]), ...facts });
  const update = actions.find((action): action is Extract<Action, { do: 'update' }> => action.do === 'update');
  const status = update?.object.status as coreV1.ServiceStatus | undefined; // as the update writes it
  const events = actions.flatMap((action) => (action.do === 'event' ? [action.reason] : []));
  return [update === undefined ? '-' : `[${(status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip).join(' ')}]`, ...events].join(' ');
}

const rows: [string, string, coreV1.Service, Partial<LoadBalancerSnapshot>?][] = [
  ['gets the farthest seen address of each node that is ready', '[10.0.0.1 203.0.113.2] EnsuringLoadBalancer EnsuredLoadBalancer', service()],
  ['gets those of nodes with ready endpoints where traffic stays', '[10.0.0.1] EnsuringLoadBalancer EnsuredLoadBalancer', service({ externalTrafficPolicy: 'Local' })],
  ['keeps what it has', '-', service({}, { ingress: ['10.0.0.1', '203.0.113.2'] })],
  ['loses the address of a node that is no longer ready', '[10.0.0.1 203.0.113.2] UpdatedLoadBalancer', service({}, { ingress: ['10.0.0.1', '10.0.0.3', '203.0.113.2'] })],
  ['loses all when no node is left', '[] UnAvailableLoadBalancer', service({}, { ingress: ['10.0.0.3'] }), { nodes: [nodes[2] as coreV1.Node] }],
  ['loses all with its type', '[] DeletedLoadBalancer', service({ type: 'ClusterIP' }, { ingress: ['10.0.0.1'] })],
  ['is left alone when it is of another class', '-', service({ loadBalancerClass: 'example.com/other' })],
  ['may name this controller', '[10.0.0.1 203.0.113.2] EnsuringLoadBalancer EnsuredLoadBalancer', service({ loadBalancerClass: 'kubernode.io/node' })],
  ['is left alone when another controller gave it an address', '-', service({}, { ingress: ['198.51.100.77'] })],
  ['never gets a port of the host', '- SyncLoadBalancerFailed', service({ ports: [{ port: 10_250 }] })],
  ['never gets a port of the API servers', '- SyncLoadBalancerFailed', service({ ports: [{ port: 7443 }] })],
  ['never gets a port that an older service has', '- SyncLoadBalancerFailed', service(), { balanced: [service({}, { name: 'older', created: '2026-01-01T00:00:00Z' })] }],
  ['keeps its port from a younger service', '[10.0.0.1 203.0.113.2] EnsuringLoadBalancer EnsuredLoadBalancer', service(), { balanced: [service({}, { name: 'younger', created: '2026-01-03T00:00:00Z' })] }],
  ['shares a port number with another protocol', '[10.0.0.1 203.0.113.2] EnsuringLoadBalancer EnsuredLoadBalancer', service(), { balanced: [service({ ports: [{ port: 80, protocol: 'UDP' }] }, { name: 'older', created: '2026-01-01T00:00:00Z' })] }],
];

test.each(rows.map(([title, want, one, facts = {}]) => [title, want, one, facts] as const))('a service %s', (_, want, one, facts) => { expect(outcome(one, facts)).toBe(want); });
