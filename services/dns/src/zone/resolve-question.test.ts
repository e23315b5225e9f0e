import { formatIp } from '@kubernode/apimachinery';
import type { coreV1, discoveryV1 } from '@kubernode/api';
import { resolveQuestion } from './resolve-question.ts';
import { RecordType } from '../wire/record-type.ts';
import type { WireRecord } from '../wire/write-answer.ts';
import type { ZoneView } from './zone-view.ts';

const services: coreV1.Service[] = [
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec: { clusterIP: '10.96.0.5', clusterIPs: ['10.96.0.5', 'fd00::5'], ports: [{ name: 'http', port: 80 }] } },
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'db', namespace: 'shop' }, spec: { clusterIP: 'None', ports: [{ name: 'sql', port: 5432 }] } },
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'empty', namespace: 'shop' }, spec: { clusterIP: 'None' } },
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'address', namespace: 'shop' }, spec: { type: 'ExternalName', externalName: '192.0.2.1' } },
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'kube-dns', namespace: 'kube-system' }, spec: { clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'], ports: [{ name: 'dns', port: 53, protocol: 'UDP' }, { name: 'dns-tcp', port: 53 }] } },
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
function ask(name: string, type: keyof typeof RecordType): string {
  const answer = resolveQuestion({ name, type: RecordType[type] }, view);
  if (answer.kind === 'notFound' || answer.kind === 'foreign') return answer.kind;
  const additional = answer.kind === 'found' && answer.additional ? ` + ${answer.additional.map(textOf).join(', ')}` : '';
  return `${answer.records.map(textOf).join(', ')}${answer.kind === 'alias' ? ' →' : ''}${additional}`;
}

function textOf(record: WireRecord): string {
  switch (record.type) {
    case 'A': case 'AAAA': { const { bits, value } = { bits: record.address.length * 8 as 32 | 128, value: record.address.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n) }; return `${record.type} ${formatIp({ bits, value })}`; } // 4 or 16 bytes
    case 'SRV': return `SRV ${record.weight} ${record.port} ${record.target}`;
    case 'TXT': return `TXT ${record.text}`;
    case 'SOA': return `SOA ${record.primary}`;
    case 'CNAME': case 'PTR': case 'NS': return `${record.type} ${record.target}`;
  }
}

test.each<[string, keyof typeof RecordType, string]>([
  ['web.shop.svc.cluster.local', 'A', 'A 10.96.0.5'],
  ['web.shop.svc.cluster.local', 'AAAA', 'AAAA fd00::5'],
  ['web.shop.svc.cluster.local', 'MX', ''],
  ['web.shop.svc.cluster.local', 'ANY', ''],
  ['web.shop.svc.cluster.local', 'SRV', 'SRV 100 80 web.shop.svc.cluster.local + A 10.96.0.5, AAAA fd00::5'],
  ['_http._tcp.web.shop.svc.cluster.local', 'SRV', 'SRV 100 80 web.shop.svc.cluster.local + A 10.96.0.5, AAAA fd00::5'],
  ['http.tcp.web.shop.svc.cluster.local', 'SRV', 'SRV 100 80 web.shop.svc.cluster.local + A 10.96.0.5, AAAA fd00::5'],
  ['_http._tcp.web.shop.svc.cluster.local', 'A', 'A 10.96.0.5'],
  ['_http._udp.web.shop.svc.cluster.local', 'SRV', 'notFound'],
  ['a._http._tcp.web.shop.svc.cluster.local', 'SRV', 'notFound'],
  ['kube-dns.kube-system.svc.cluster.local', 'SRV', 'SRV 100 53 kube-dns.kube-system.svc.cluster.local + A 10.96.0.10'],
  ['none.shop.svc.cluster.local', 'A', 'notFound'],
  ['none.shop.svc.cluster.local', 'MX', 'notFound'],
  ['shop.svc.cluster.local', 'A', ''],
  ['svc.cluster.local', 'A', ''],
  ['cluster.local', 'A', ''],
  ['cluster.local', 'SOA', 'SOA ns.dns.cluster.local'],
  ['cluster.local', 'NS', 'NS ns.dns.cluster.local + A 10.96.0.10'],
  ['ns.dns.cluster.local', 'A', 'A 10.96.0.10'],
  ['other.cluster.local', 'A', 'notFound'],
  ['other.svc.cluster.local', 'A', 'notFound'],
  ['db.shop.svc.cluster.local', 'A', 'A 10.244.0.7, A 10.244.0.8'],
  ['db.shop.svc.cluster.local', 'AAAA', ''],
  ['db-0.db.shop.svc.cluster.local', 'A', 'A 10.244.0.7'],
  ['10-244-0-8.db.shop.svc.cluster.local', 'A', 'A 10.244.0.8'],
  ['10-244-0-9.db.shop.svc.cluster.local', 'A', 'notFound'],
  ['_sql._tcp.db.shop.svc.cluster.local', 'SRV', 'SRV 50 5432 db-0.db.shop.svc.cluster.local, SRV 50 5432 10-244-0-8.db.shop.svc.cluster.local + A 10.244.0.7, A 10.244.0.8'],
  ['db-0.db.shop.svc.cluster.local', 'SRV', 'SRV 100 5432 db-0.db.shop.svc.cluster.local + A 10.244.0.7'],
  ['empty.shop.svc.cluster.local', 'A', 'notFound'],
  ['ext.shop.svc.cluster.local', 'A', 'CNAME example.org →'],
  ['ext.shop.svc.cluster.local', 'CNAME', 'CNAME example.org'],
  ['ext.shop.svc.cluster.local', 'SRV', ''],
  ['_http._tcp.ext.shop.svc.cluster.local', 'SRV', 'notFound'],
  ['address.shop.svc.cluster.local', 'A', 'notFound'],
  ['10-244-0-7.shop.pod.cluster.local', 'A', 'A 10.244.0.7'],
  ['10-244-0-7.shop.pod.cluster.local', 'AAAA', ''],
  ['fd00--7.shop.pod.cluster.local', 'AAAA', 'AAAA fd00::7'],
  ['10-244-0-7.nowhere.pod.cluster.local', 'A', 'notFound'],
  ['10-244-0-777.shop.pod.cluster.local', 'A', 'notFound'],
  ['x.shop.pod.cluster.local', 'A', 'notFound'],
  ['dns-version.cluster.local', 'TXT', 'TXT 1.1.0'],
  ['dns-version.cluster.local', 'A', ''],
  ['5.0.96.10.in-addr.arpa', 'PTR', 'PTR web.shop.svc.cluster.local'],
  ['7.0.244.10.in-addr.arpa', 'PTR', 'PTR db-0.db.shop.svc.cluster.local'],
  ['5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa', 'PTR', 'PTR web.shop.svc.cluster.local'],
  ['8.8.8.8.in-addr.arpa', 'PTR', 'foreign'],
  ['example.org', 'A', 'foreign'],
  ['notcluster.local', 'A', 'foreign'],
])('resolveQuestion answers %s %s with "%s"', (name, type, want) => { expect(ask(name, type)).toBe(want); });
