import { notFound, type KubeObject } from '@kubernode/apimachinery';
import { seededRng } from '@kubernode/base';
import { createFakeClock } from '@kubernode/testing';
import type { ObjectWriter } from '../endpoints/endpoint.ts';
import { identityOf, isExpired, runIdentityLease } from './identity-lease.ts';

const OWN = 'apiserver-lgabes5ywnaqeagh5dny4zlzs4';

describe('identityOf', () => {
  it("is Kubernetes' own for the usual port", () => expect(identityOf({ hostname: 'node-1', port: 6443 })).toBe(OWN));
  it('differs between replicas of one machine', () => expect(identityOf({ hostname: 'node-1', port: 7001 })).not.toBe(OWN));
});

describe('isExpired', () => {
  const lease = (spec: object): KubeObject => ({ kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', metadata: { name: 'l' }, spec });
  it.each<[object, boolean]>([
    [{ renewTime: '1970-01-01T00:00:00.000000Z', leaseDurationSeconds: 3600 }, true],
    [{ renewTime: '1970-01-01T00:00:01.000000Z', leaseDurationSeconds: 3600 }, false],
    [{ leaseDurationSeconds: 3600 }, true],
    [{ renewTime: '1970-01-01T00:00:01.000000Z' }, true],
  ])('%j after an hour: %s', (spec, expired) => expect(isExpired(lease(spec), 3_600_001)).toBe(expired));
});

describe('runIdentityLease', () => {
  it('renews its own lease, removes those of servers that are gone, and removes its own at the end', async () => {
    const stale: KubeObject = { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', metadata: { name: 'apiserver-old', namespace: 'kube-system', labels: { 'apiserver.kubernetes.io/identity': 'kube-apiserver' } }, spec: {} };
    const other: KubeObject = { ...stale, metadata: { name: 'kube-scheduler', namespace: 'kube-system' } };
    const leases = new Map([[OWN, { ...stale, metadata: { ...stale.metadata, name: OWN } }], ['apiserver-old', stale], ['kube-scheduler', other]]);
    const clock = createFakeClock();
    const controller = new AbortController();
    const running = runIdentityLease({ writer: writerOf(leases), hostname: 'node-1', address: '10.0.0.1', port: 6443, clock, rng: seededRng(1), logger: silent }, controller.signal);
    await clock.advance(25_000);
    expect([...leases.keys()].sort()).toEqual([OWN, 'kube-scheduler']);
    expect(leases.get(OWN)).toMatchObject({
      metadata: { namespace: 'kube-system', labels: { 'apiserver.kubernetes.io/identity': 'kube-apiserver', 'kubernetes.io/hostname': 'node-1' }, annotations: { 'kubernetes.io/peer-advertise-address': '10.0.0.1:6443' } },
      spec: { holderIdentity: expect.stringMatching(`^${OWN}_[0-9a-f-]{36}$`), leaseDurationSeconds: 3600, renewTime: '1970-01-01T00:00:20.000000Z' },
    });
    controller.abort();
    await running;
    expect([...leases.keys()]).toEqual(['kube-scheduler']);
  });
});

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => silent, verbosity: 0 } as unknown as Parameters<typeof runIdentityLease>[0]['logger']; // says nothing

function writerOf(leases: Map<string, KubeObject>): ObjectWriter {
  return {
    get: async () => undefined,
    list: async <T extends KubeObject>() => [...leases.values()] as T[],
    create: async (_resource, object) => { leases.set(object.metadata.name, object); return object; },
    apply: async () => { throw new Error('leases are not applied'); },
    remove: async (_resource, _namespace, name) => { if (!leases.delete(name)) throw notFound({ group: '', resource: 'leases' }, name); },
    update: async <T extends KubeObject>(_resource: object, { name }: { name: string }, change: (object: T) => T | undefined) => {
      const current = leases.get(name) as T | undefined;
      if (current === undefined) throw notFound({ group: '', resource: 'leases' }, name);
      const next = change(structuredClone(current)) ?? current;
      leases.set(name, next);
      return next;
    },
  };
}
