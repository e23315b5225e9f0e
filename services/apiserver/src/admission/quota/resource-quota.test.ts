import { seededRng, systemClock, type Clock } from '@kubernode/base';
import { createMemoryStorage, type MemoryStorage } from '@kubernode/testing';
import { createObjectWriter } from '../../registry/object-writer.ts';
import { servedKind } from '../../registry/served-kind.fixture.ts';
import type { AdmissionAttributes } from '../admission.ts';
import type { AdmissionDependencies } from '../admission-plugins.ts';
import type { ResourceQuota } from './check-quota.ts';
import { resourceQuota } from './resource-quota.ts';

const QUOTAS = { group: '', resource: 'resourcequotas' };
const quota = (name: string, pods: string): ResourceQuota => ({ kind: 'ResourceQuota', apiVersion: 'v1', metadata: { name, namespace: 'n' }, spec: {}, status: { hard: { pods }, used: { pods: '0' } } });
const create = (name: string, dryRun = false): AdmissionAttributes => ({ operation: 'CREATE', group: '', resource: 'pods', subresource: '', namespace: 'n', name, dryRun, object: { metadata: { name }, spec: { containers: [] } } }) as unknown as AdmissionAttributes; // what the plugin looks at

/** Two servers on one etcd. */
async function twoReplicas(storages: readonly MemoryStorage[], quotas: readonly ResourceQuota[], clock: Clock = systemClock): Promise<{ charge(attributes: AdmissionAttributes, replica?: number): Promise<void>; used(name: string): Promise<unknown> }> {
  const writers = await Promise.all(storages.map(async (storage) => {
    const served = await servedKind(storage, { group: '', version: 'v1', kind: 'ResourceQuota' });
    return createObjectWriter({ servedOf: () => served, clock: systemClock, rng: seededRng(1) });
  }));
  for (const one of quotas) {
    await writers[0]?.create<ResourceQuota>(QUOTAS, one);
    await writers[0]?.update<ResourceQuota>(QUOTAS, { namespace: 'n', name: one.metadata.name }, (created) => ({ ...created, status: one.status ?? {} }), { subresource: 'status' });
  }
  const plugins = writers.map((writer) => resourceQuota({ ...writer, clock, configurationOf: () => undefined, sources: () => ({ list: () => quotas }) } as unknown as AdmissionDependencies)); // what the plugin uses of them
  return {
    charge: async (attributes, replica = 0) => plugins[replica]?.validate?.(attributes),
    used: async (name) => (await writers[0]?.get<ResourceQuota>(QUOTAS, 'n', name))?.status?.used,
  };
}

describe('ResourceQuota', () => {
  test('lets in exactly as many as it may, whichever replica is asked', async () => {
    await using first = createMemoryStorage();
    await using second = createMemoryStorage({ etcd: first.etcd });
    const { charge, used } = await twoReplicas([first, second], [quota('q', '7')]);
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => charge(create(`p${index}`), index % 2)));
    expect([results.filter(({ status }) => status === 'fulfilled').length, await used('q')]).toEqual([7, { pods: '7' }]);
  });

  test('charges nobody when one of several refuses', async () => {
    await using first = createMemoryStorage();
    await using second = createMemoryStorage({ etcd: first.etcd });
    const { charge, used } = await twoReplicas([first, second], [quota('wide', '5'), quota('narrow', '0')]);
    await expect(charge(create('a'))).rejects.toThrow('exceeded quota: narrow, requested: pods=1, used: pods=0, limited: pods=0');
    expect([await used('wide'), await used('narrow')]).toEqual([{ pods: '0' }, { pods: '0' }]);
  });

  test('does not take the charge of another server for its own when etcd does not answer', async () => {
    const faults: ('none' | 'lostAnswer')[] = [];
    await using first = createMemoryStorage({ faultOf: (call) => (call === 'txn' ? faults.shift() ?? 'none' : 'none') });
    const { charge, used } = await twoReplicas([first], [quota('q', '5')]);
    faults.push('lostAnswer');
    await expect(charge(create('a'))).rejects.toMatchObject({ code: 500, reason: 'ServerTimeout' });
    await charge(create('b'));
    expect(await used('q')).toEqual({ pods: '2' });
  });

  test('lets nothing in that was long in being charged', async () => {
    let nowMs = 0;
    await using first = createMemoryStorage();
    const { charge, used } = await twoReplicas([first], [quota('q', '5')], { ...systemClock, monotonicNow: () => nowMs += 11_000 });
    await expect(charge(create('a'))).rejects.toMatchObject({ code: 500, message: 'Internal error occurred: resource quota evaluation timed out' });
    expect(await used('q')).toEqual({ pods: '1' });
  });

  test('charges nothing for a dry run, but refuses it', async () => {
    await using first = createMemoryStorage();
    const { charge, used } = await twoReplicas([first], [quota('q', '1')]);
    await charge(create('a', true));
    expect(await used('q')).toEqual({ pods: '0' });
    await charge(create('a'));
    await expect(charge(create('b', true))).rejects.toThrow('exceeded quota: q');
  });
});
