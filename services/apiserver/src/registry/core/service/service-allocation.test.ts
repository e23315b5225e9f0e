import { seededRng, systemClock } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createMemoryStorage, type MemoryStorage } from '@kubernode/testing';
import type { Reserve } from '../../write/write-request.ts';
import { addressRange, candidates, numberToAddress, rangeContains } from './address-range.ts';
import { Claims, unseenClaims, type Claim } from './claims.ts';
import { clusterIpAllocator } from './cluster-ip-allocator.ts';
import { nodePortAllocator } from './node-port-allocator.ts';
import { compareClaims } from './repair-allocations.ts';
import type { Service, ServiceSpec } from './service-kind.ts';
import { clusterIpsOf, serviceReservation } from './service-reservation.ts';

const rng = seededRng(7);
const write = { dryRun: false, subresource: '' };
const range = (cidr: string): NonNullable<ReturnType<typeof addressRange>> => { const made = addressRange(cidr); if (made === undefined) throw new Error(cidr); return made; };
const service = (name: string, spec: ServiceSpec = {}): Service => ({ kind: 'Service', apiVersion: 'v1', metadata: { name, namespace: 'n' }, spec: { type: 'NodePort', ports: [{ port: 80 }], ...spec } });

interface Replica { reserve: Reserve; ips: Claims; ports: Claims }

async function replica(storage: MemoryStorage, cidr = '10.0.0.0/27', nodePorts = { low: 30_000, high: 30_039 }): Promise<Replica> {
  const resource = { group: '', resource: 'claims' };
  const claims = async (prefix: string): Promise<Claims> => {
    const store = await storage.store({ prefix, resource, attributesOf: () => ({ labels: {}, fields: {} }) });
    return new Claims({ store, create: unseenClaims({ store, resource, clock: systemClock, rng }), describe: () => ({ kind: 'Claim', apiVersion: 'v1' }) });
  };
  const [ips, ports] = [await claims('/ips/'), await claims('/ports/')];
  const reserve = serviceReservation({
    ips, ports, logger: silentLogger, clusterIps: clusterIpAllocator({ ranges: () => [range(cidr)], families: ['IPv4'], rng }), nodePorts: nodePortAllocator({ range: nodePorts, rng }), deleteEndpoints: async () => undefined,
  });
  return { reserve, ips, ports };
}

const names = async (claims: Claims): Promise<string[]> => (await claims.list()).map(({ metadata }) => metadata.name).sort();

describe('allocation for services', () => {
  test('replicas never give the same address or port twice, until all are taken', async () => {
    await using first = createMemoryStorage();
    await using second = createMemoryStorage({ etcd: first.etcd });
    const replicas = [await replica(first), await replica(second)];
    const services = Array.from({ length: 30 }, (_, index) => service(`s${index}`)); // a /27 has 30 addresses
    await Promise.all(services.map(async (one, index) => replicas[index % 2]?.reserve(one, undefined, write)));
    expect(new Set(services.map(({ spec }) => spec?.clusterIP)).size).toBe(30);
    expect(new Set(services.map(({ spec }) => spec?.ports?.[0]?.nodePort)).size).toBe(30);
    await expect(replicas[0]?.reserve(service('late'), undefined, write)).rejects.toThrow('range is full');
  });

  test('what a failed write took, and what a deleted service had, is free again', async () => {
    await using storage = createMemoryStorage();
    const { reserve, ips, ports } = await replica(storage);
    const failed = await reserve(service('a'), undefined, write);
    await failed?.rollback();
    expect([await names(ips), await names(ports)]).toEqual([[], []]);
    const made = service('b', { ports: [{ port: 80, nodePort: 30_001 }], clusterIP: '10.0.0.9' });
    await (await reserve(made, undefined, write))?.commit();
    expect([await names(ips), await names(ports)]).toEqual([['10.0.0.9'], ['30001']]);
    await (await reserve(undefined, made, write))?.commit();
    expect([await names(ips), await names(ports)]).toEqual([[], []]);
  });

  test.each<[string, ServiceSpec, string]>([
    ['an address that is taken', { clusterIP: '10.0.0.9' }, 'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.0.0.9"]: failed to allocate IP 10.0.0.9: provided IP is already allocated'],
    ['an address outside', { clusterIP: '10.0.0.31' }, 'failed to allocate IP 10.0.0.31: the provided network does not match the current range'],
    ['a port that is taken', { ports: [{ port: 80, nodePort: 30_001 }] }, 'spec.ports[0].nodePort: Invalid value: 30001: provided port is already allocated'],
    ['a port outside', { ports: [{ port: 80, nodePort: 80 }] }, 'provided port is not in the valid range. The range of valid ports is 30000-30039'],
  ])('%s is refused and nothing else stays taken', async (_name, spec, message) => {
    await using storage = createMemoryStorage();
    const { reserve, ips, ports } = await replica(storage);
    await reserve(service('a', { clusterIP: '10.0.0.9', ports: [{ port: 80, nodePort: 30_001 }] }), undefined, write);
    await expect(reserve(service('b', spec), undefined, write)).rejects.toThrow(message);
    expect([await names(ips), await names(ports)]).toEqual([['10.0.0.9'], ['30001']]);
  });

  test('an update gives up what the new type does not need, after it is written', async () => {
    await using storage = createMemoryStorage();
    const { reserve, ips, ports } = await replica(storage);
    const old = service('a', { clusterIP: '10.0.0.9', ports: [{ port: 80, nodePort: 30_001 }] });
    await reserve(old, undefined, write);
    const reservation = await reserve(service('a', { type: 'ExternalName', externalName: 'x.y' }), old, write);
    expect([await names(ips), await names(ports)]).toEqual([['10.0.0.9'], ['30001']]);
    await reservation?.commit();
    expect([await names(ips), await names(ports)]).toEqual([[], []]);
  });

  test('a dry run takes nothing, and one port serves TCP and UDP', async () => {
    await using storage = createMemoryStorage();
    const { reserve, ips, ports } = await replica(storage);
    const made = service('a', { ports: [{ name: 'x', port: 53 }, { name: 'y', port: 53, protocol: 'UDP' }] });
    await (await reserve(structuredClone(made), undefined, { ...write, dryRun: true }))?.commit();
    expect([await names(ips), await names(ports)]).toEqual([[], []]);
    await reserve(made, undefined, write);
    expect([await names(ports), made.spec?.ports?.[0]?.nodePort]).toEqual([[String(made.spec?.ports?.[1]?.nodePort)], made.spec?.ports?.[1]?.nodePort]);
  });
});

describe('ranges of addresses', () => {
  test.each<[string, string, string]>([['10.96.0.0/12', '10.96.0.1', '10.111.255.254'], ['10.0.0.5/30', '10.0.0.5', '10.0.0.6'], ['fd00::/108', 'fd00::1', 'fd00::f:ffff']])('%s', (cidr, first, last) => {
    const made = range(cidr);
    expect([numberToAddress(made.first, made.family), numberToAddress(made.last, made.family)]).toEqual([first, last]);
    expect([rangeContains(made, first), rangeContains(made, last)]).toEqual([true, true]);
  });

  test('candidates are all addresses once, hand-picked ones last', () => {
    const all = [...candidates(range('10.0.0.0/24'), seededRng(1))];
    expect([all.length, new Set(all).size, all.indexOf('10.0.0.1') >= 238, all.indexOf('10.0.0.17') < 238]).toEqual([254, 254, true, true]);
  });
});

test('compareClaims finds what has no claim and old claims of nobody', () => {
  const claim = (name: string, owner: string, creationTimestamp: string): Claim => ({ kind: 'Claim', apiVersion: 'v1', metadata: { name, creationTimestamp }, spec: { parentRef: { resource: 'services', namespace: 'n', name: owner } } });
  const claims = [claim('10.0.0.1', 'a', '2020-01-01T00:00:00Z'), claim('10.0.0.2', 'gone', '2020-01-01T00:00:00Z'), claim('10.0.0.3', 'coming', '2026-01-01T00:00:00Z')];
  const services = [service('a', { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] }), service('b', { clusterIP: '10.0.0.4', clusterIPs: ['10.0.0.4'] })];
  expect(compareClaims({ claims, removable: claims, services, namesOf: clusterIpsOf, now: Date.parse('2026-01-01T00:01:00Z') })).toEqual({
    missing: [{ name: '10.0.0.4', owner: { namespace: 'n', name: 'b' } }], orphaned: [{ name: '10.0.0.2', owner: { namespace: 'n', name: 'gone' } }],
  });
});

