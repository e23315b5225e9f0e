import { X509Certificate } from 'node:crypto';
import { seededRng } from '@kubernode/base';
import { createAuthority, issueCertificate, type KeyPair } from '@kubernode/component-base';
import { type CertificateHost, firstServiceAddress, planCertificates } from './certificate-plan.ts';
import { reasonToIssue } from './reason-to-issue.ts';

const CLUSTER = { clusterDomain: 'cluster.local', serviceCidr: '10.96.0.0/12', leafLifetimeMs: 1000, front: { addresses: ['192.0.2.100'], dnsNames: ['api.example.com'] } };
const host = (name: string, ...roles: CertificateHost['roles']): CertificateHost => ({ name, roles, addresses: [`192.0.2.${name.length}`] });

test.each([
  [host('e1', 'etcd'), 'etcd'],
  [host('cp1', 'control-plane'), 'apiserver apiserver-kubelet-client apiserver-etcd-client front-proxy-client admin scheduler controller-manager'],
  [host('node1', 'node'), 'node-node1 kubelet-node1 kube-proxy dns network'],
  [host('sim', 'simulated-nodes'), 'simulated-nodes'],
])('planCertificates gives %j what its roles need', (one, names) => {
  expect(planCertificates(CLUSTER, [one]).map(({ name }) => name).join(' ')).toBe(names);
});

test('planCertificates: the front proxy\'s client is vouched for by its own authority, members of etcd and those who may speak to them by theirs', () => {
  expect(planCertificates(CLUSTER, [host('a', 'etcd', 'control-plane', 'node')]).filter(({ issuer }) => issuer !== 'ca').map(({ name, issuer }) => `${issuer}: ${name}`)).toEqual(['etcd-ca: etcd', 'etcd-ca: apiserver-etcd-client', 'front-proxy-ca: front-proxy-client']);
});

test('planCertificates: nobody but the administrator and who asks nodes in the name of the API servers may do everything', () => {
  const planned = planCertificates(CLUSTER, [host('a', 'etcd', 'control-plane', 'node', 'simulated-nodes')]);
  expect(planned.filter(({ request }) => request.organizations?.includes('system:masters')).map(({ name }) => name)).toEqual(['apiserver-kubelet-client', 'admin']);
});

test('planCertificates: API servers are known by the service, their front, their host and loopback', () => {
  const apiserver = planCertificates(CLUSTER, [host('cp1', 'control-plane')]).find(({ name }) => name === 'apiserver');
  expect(apiserver?.request.ipAddresses).toEqual(['127.0.0.1', '::1', '10.96.0.1', '192.0.2.100', '192.0.2.3']);
  expect(apiserver?.request.dnsNames).toEqual(['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local', 'api.example.com', 'localhost', 'cp1']);
});

test.each([['10.96.0.0/12', '10.96.0.1'], ['172.20.0.0/16', '172.20.0.1']])('firstServiceAddress of %s is %s', (cidr, address) => { expect(firstServiceAddress(cidr)).toBe(address); });

describe('reasonToIssue', () => {
  const [now, DAY_MS] = [Date.parse('2026-01-01T00:00:00Z'), 86_400_000];
  const request = { commonName: 'server', organizations: ['a', 'b'], dnsNames: ['one'], ipAddresses: ['192.0.2.1', '::1'], usages: ['server'] as const, lifetimeMs: 90 * DAY_MS };
  let [authority, other, pair]: (KeyPair | undefined)[] = [];
  const options = { now, rng: seededRng(1) };
  beforeAll(async () => {
    authority = await createAuthority({ commonName: 'ca', lifetimeMs: 900 * DAY_MS }, options);
    other = await createAuthority({ commonName: 'ca', lifetimeMs: 900 * DAY_MS }, options);
    pair = await issueCertificate(authority, request, options);
  });
  test.each([
    ['a new one', {}, undefined],
    ['none', { none: true }, 'missing'],
    ['one before two thirds of its life', { at: now + 59 * DAY_MS }, undefined],
    ['one after two thirds of its life', { at: now + 61 * DAY_MS }, 'near its end'],
    ['one that is over', { at: now + 91 * DAY_MS }, 'expired'],
    ['one of the future', { at: now - DAY_MS }, 'not valid yet'],
    ['one of an authority of the same name', { issuer: 'other' }, 'signed by another authority'],
    ['one without a new name', { request: { ...request, dnsNames: ['one', 'two'], ipAddresses: ['192.0.2.9'] } }, 'not for 192.0.2.9, two'],
    ['one of another user', { request: { ...request, organizations: ['a'] } }, 'for another user'],
    ['one with the key of another', { key: true }, "its key is another one's"],
  ] as const)('%s', (_, change: { at?: number; none?: boolean; issuer?: string; request?: Readonly<Partial<typeof request>> | object; key?: boolean }, reason) => {
    const issuer = new X509Certificate((change.issuer === undefined ? authority : other)?.certificate ?? '');
    const judged = change.none === true || pair === undefined ? undefined : change.key === true ? { ...pair, key: other?.key ?? '' } : pair;
    expect(reasonToIssue({ pair: judged, issuer, request: { ...request, ...change.request }, now: change.at ?? now })).toBe(reason);
  });
});
