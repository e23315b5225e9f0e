import type { coreV1 } from '@kubernode/api';
import { aPod } from '../runtime/test-states.ts';
import { parseResolvConf, podDnsConfig } from './dns-config.ts';
import { kernelHostname, podHostname } from './pod-hostname.ts';

const cluster = { servers: ['10.96.0.10'], domain: 'cluster.local' };
const host = { servers: ['192.0.2.53'], searches: ['example.com'], options: ['timeout:1'] };
const CLUSTER = { servers: ['10.96.0.10'], searches: ['ns.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'example.com'], options: ['ndots:5'] };

const cases: [string, Partial<coreV1.PodSpec>, object][] = [
  ['the cluster first', {}, CLUSTER],
  ['on the host\'s network: the host\'s', { hostNetwork: true }, host],
  ['on the host\'s network, asked for', { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }, CLUSTER],
  ['the host\'s', { dnsPolicy: 'Default' }, host],
  ['only its own', { dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'], searches: ['x'], options: [{ name: 'ndots', value: '2' }, { name: 'rotate' }] } }, { servers: ['1.1.1.1'], searches: ['x'], options: ['ndots:2', 'rotate'] }],
  ['its own added: options replace', { dnsConfig: { searches: ['x', 'example.com'], options: [{ name: 'ndots', value: '1' }] } }, { ...CLUSTER, searches: [...CLUSTER.searches, 'x'], options: ['ndots:1'] }],
];
test.each(cases)('podDnsConfig: %s', (_what, spec, want) => { expect(podDnsConfig(aPod(spec), { cluster, host })).toEqual({ config: want, problems: [] }); });

test('podDnsConfig: what does not fit is left out, and told', () => {
  const { config, problems } = podDnsConfig(aPod({ dnsPolicy: 'None', dnsConfig: { nameservers: ['1', '2', '3', '4'], searches: Array.from({ length: 33 }, (_, i) => `s${i}`) } }), { cluster, host });
  expect([config.servers, config.searches.length]).toEqual([['1', '2', '3'], 32]);
  expect(problems).toMatchObject([{ reason: 'DNSConfigForming', message: 'Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 1 2 3' }, { reason: 'DNSConfigForming' }]);
  const long = podDnsConfig(aPod({ dnsPolicy: 'None', dnsConfig: { searches: Array.from({ length: 20 }, (_, i) => `${i}`.padEnd(120, 'x')) } }), { cluster, host });
  expect(long.config.searches.join(' ').length).toBeLessThanOrEqual(2048);
});

test('podDnsConfig: a cluster without DNS falls back, and says so', () => {
  const { config, problems } = podDnsConfig(aPod(), { cluster: { servers: [], domain: '' }, host: { servers: [], searches: [], options: [] } });
  expect([config, problems[0]?.reason]).toEqual([{ servers: ['127.0.0.1'], searches: ['.'], options: [] }, 'MissingClusterDNS']);
});

test('parseResolvConf: servers add up, the last search line wins', () => {
  expect(parseResolvConf('# c\nnameserver 1.1.1.1\nnameserver 2.2.2.2\nsearch a\nsearch b. .\noptions ndots:1 x\noptions ndots:2\n')).toEqual({ servers: ['1.1.1.1', '2.2.2.2'], searches: ['b'], options: ['ndots:2', 'x'] });
});

const LONG = `${'a'.repeat(62)}-tail`;
test.each([
  [{}, 'p', ''],
  [{ hostname: 'h', subdomain: 's' }, 'h', 's.ns.svc.cluster.local'],
  [{ hostname: 'h', subdomain: 's', hostnameOverride: 'other.example.com' }, 'other.example.com', ''],
  [{ hostname: LONG }, 'a'.repeat(62), ''],
])('podHostname: %j is %s', (spec, hostname, domain) => { expect(podHostname(aPod(spec), 'cluster.local')).toEqual({ hostname, domain }); });

test('kernelHostname: the whole name where it is wanted and fits', () => {
  const spec = { hostname: 'h', subdomain: 's', setHostnameAsFQDN: true };
  expect([kernelHostname(aPod({ ...spec, setHostnameAsFQDN: false }), 'cluster.local'), kernelHostname(aPod(spec), 'cluster.local')]).toEqual(['h', 'h.s.ns.svc.cluster.local']);
  expect(() => kernelHostname(aPod({ ...spec, hostname: 'x'.repeat(50) }), 'cluster.local')).toThrow(/^failed to construct FQDN from pod hostname and cluster domain, FQDN .* is too long \(64 characters is the max, 73 characters requested\)$/);
});
