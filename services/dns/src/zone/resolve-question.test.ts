import type { coreV1, discoveryV1 } from '@kubernode/api';
import { resolveQuestion } from './resolve-question.ts';
import type { ZoneView } from './zone-view.ts';

const services: coreV1.Service[] = [
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec: { clusterIP: '10.96.0.5', clusterIPs: ['10.96.0.5', 'fd00::5'], ports: [{ name: 'http', port: 80 }] } },
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'db', namespace: 'shop' }, spec: { clusterIP: 'None', ports: [{ name: 'sql', port: 5432 }] } },
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'empty', namespace: 'shop' }, spec: { clusterIP: 'None' } },
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'ext', namespace: 'shop' }, spec: { type: 'ExternalName', externalName: 'example.org' } },
];
const dbSlice: discoveryV1.EndpointSlice = {
  apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'db-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'db' } }, addressType: 'IPv4', ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
  endpoints: [{ addresses: ['10.244.0.7'], hostname: 'db-0' }, { addresses: ['10.244.0.8'], conditions: { ready: true } }, { addresses: ['10.244.0.9'], conditions: { ready: false } }],
};
const view: ZoneView = {
  domain: 'cluster.local',
  service: (namespace, name) => services.find((one) => one.metadata.namespace === namespace && one.metadata.name === name),
  slices: (_, service) => (service === 'db' ? [dbSlice] : []),
  namespaceExists: (name) => name === 'shop',
  serviceByAddress: (address) => services.find((one) => one.spec?.clusterIPs?.includes(address)),
  slicesByAddress: (address) => (dbSlice.endpoints?.some((one) => one.addresses.includes(address)) === true ? [dbSlice] : []),
};

/** An answer as a line: `TYPE DATA, …`, or how it failed. */
function ask(name: string, type: string): string {
  const answer = resolveQuestion({ name, type }, view);
  if (answer.kind !== 'found') return answer.kind;
  return answer.records.map((one) => `${one.type} ${one.type === 'SRV' ? `${one.data.port} ${one.data.target}` : one.data}`).join(', ');
}

test.each([
  ['web.shop.svc.cluster.local', 'A', 'A 10.96.0.5'],
  ['WEB.shop.svc.Cluster.Local.', 'AAAA', 'AAAA fd00::5'],
  ['web.shop.svc.cluster.local', 'MX', ''],
  ['_http._tcp.web.shop.svc.cluster.local', 'SRV', 'SRV 80 web.shop.svc.cluster.local'],
  ['_http._udp.web.shop.svc.cluster.local', 'SRV', 'notFound'],
  ['none.shop.svc.cluster.local', 'A', 'notFound'],
  ['shop.svc.cluster.local', 'A', ''],
  ['other.svc.cluster.local', 'A', 'notFound'],
  ['db.shop.svc.cluster.local', 'A', 'A 10.244.0.7, A 10.244.0.8'],
  ['db.shop.svc.cluster.local', 'AAAA', ''],
  ['db-0.db.shop.svc.cluster.local', 'A', 'A 10.244.0.7'],
  ['10-244-0-8.db.shop.svc.cluster.local', 'A', 'A 10.244.0.8'],
  ['10-244-0-9.db.shop.svc.cluster.local', 'A', 'notFound'],
  ['_sql._tcp.db.shop.svc.cluster.local', 'SRV', 'SRV 5432 db-0.db.shop.svc.cluster.local, SRV 5432 10-244-0-8.db.shop.svc.cluster.local'],
  ['empty.shop.svc.cluster.local', 'A', 'notFound'],
  ['ext.shop.svc.cluster.local', 'A', 'CNAME example.org'],
  ['10-244-0-7.shop.pod.cluster.local', 'A', 'A 10.244.0.7'],
  ['x.shop.pod.cluster.local', 'A', 'notFound'],
  ['dns-version.cluster.local', 'TXT', 'TXT 1.1.0'],
  ['5.0.96.10.in-addr.arpa', 'PTR', 'PTR web.shop.svc.cluster.local'],
  ['7.0.244.10.in-addr.arpa', 'PTR', 'PTR db-0.db.shop.svc.cluster.local'],
  ['5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa', 'PTR', 'PTR web.shop.svc.cluster.local'],
  ['8.8.8.8.in-addr.arpa', 'PTR', 'foreign'],
  ['example.org', 'A', 'foreign'],
])('resolveQuestion answers %s %s with "%s"', (name, type, want) => { expect(ask(name, type)).toBe(want); });
