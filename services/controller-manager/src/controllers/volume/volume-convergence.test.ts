import fc from 'fast-check';
import { expired, internalError } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1, type storageV1 } from '@kubernode/api';
import { seededRng, type Rng } from '@kubernode/base';
import { createInformerFactory, type Client, type EventRecorder } from '@kubernode/client';
import { silentLogger } from '@kubernode/component-base';
import { runControllers, type Controller } from '@kubernode/controller';
import { createFakeClient, createFakeClock, type FakeClient, type FakeClock } from '@kubernode/testing';
import { isVolumeBoundToClaim } from '@kubernode/volume-matching';
import { claimBinder } from './binder/claim-binder.ts';
import { volumeBinder } from './binder/volume-binder.ts';
import { localPathCleaner } from './local-path/local-path-cleaner.ts';
import { localPathProvisioner } from './local-path/local-path-provisioner.ts';
import { claimProtection } from './protection/claim-protection.ts';
import { volumeProtection } from './protection/volume-protection.ts';

type Claim = coreV1.PersistentVolumeClaim;
type Volume = coreV1.PersistentVolume;

const { persistentvolumeclaims: claims, persistentvolumes: volumes, pods } = coreV1Resources;
const SYNC_MS = 15_000;
const time = { minimumSeconds: 60, secondsEachGiB: 30 };
const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels: { 'kubernetes.io/hostname': 'n1' } } };
const lazy: storageV1.StorageClass = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'local' }, provisioner: 'kubernode.io/local-path', reclaimPolicy: 'Delete', volumeBindingMode: 'WaitForFirstConsumer' };

interface World { client: FakeClient; clock: FakeClock; cleaned: string[]; restart(): Promise<void>; stop(): Promise<void> }

function loops(): Controller[] {
  return [
    claimBinder({ syncPeriodMs: SYNC_MS, dynamic: true }), volumeBinder({ syncPeriodMs: SYNC_MS, times: { hostPath: time, nfs: time } }),
    claimProtection, volumeProtection, localPathProvisioner({ dir: '/volumes' }), localPathCleaner,
  ];
}

/** A client whose watches break off, and whose writes fail, now and then while there are faults; its nodes delete what they are told to. */
function unreliable(client: FakeClient, rng: Rng, faults: () => boolean, cleaned: string[]): Client {
  client.onWrite = () => { if (faults() && rng.next() < 0.1) throw internalError(new Error('no answer')); };
  return {
    ...client,
    async *watch(resource, options) {
      for await (const event of client.watch(resource, options)) {
        if (faults() && rng.next() < 0.1) throw expired('too old resource version'); // the event is lost; the next list brings what is
        yield event;
      }
    },
    delete: (resource, target, options) => {
      if (resource.resource !== 'nodes') return client.delete(resource, target, options);
      cleaned.push(decodeURIComponent(target.subresource?.split('/').at(-1) ?? ''));
      return Promise.resolve();
    },
  };
}

function start(seed: number, faults: () => boolean): World {
  const clock = createFakeClock(1_000_000);
  const client = createFakeClient([node, lazy], { now: () => clock.now() });
  const cleaned: string[] = [];
  const faulty = unreliable(client, seededRng(seed), faults, cleaned);
  const recorder: EventRecorder = { event: () => undefined, run: () => Promise.resolve() };
  let stop = new AbortController();
  let ended: Promise<unknown>[] = [];
  const run = (): void => {
    stop = new AbortController();
    const informers = createInformerFactory({ client: faulty, clock, rng: seededRng(seed + 1), logger: silentLogger });
    ended = [informers.run(stop.signal), runControllers(loops(), { client: faulty, informers, clock, logger: silentLogger, recorder: () => recorder }, stop.signal)];
  };
  const end = async (): Promise<void> => { stop.abort(); await clock.advance(1); await Promise.allSettled(ended); };
  run();
  return { client, clock, cleaned, stop: end, restart: async () => { await end(); run(); } };
}

function claim(name: string, { size = 1, storageClassName = 'k', volumeName }: { size?: number; storageClassName?: string; volumeName?: string } = {}): Claim {
  return {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'ns', finalizers: ['kubernetes.io/pvc-protection'] }, status: { phase: 'Pending' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: `${size}Gi` } }, storageClassName, ...(volumeName !== undefined && { volumeName }) },
  };
}

function volume(name: string, { size = 1, policy = 'Retain', claimName }: { size?: number; policy?: string; claimName?: string } = {}): Volume {
  return {
    apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name, finalizers: ['kubernetes.io/pv-protection'] }, status: {},
    spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: `${size}Gi` }, storageClassName: 'k', persistentVolumeReclaimPolicy: policy, hostPath: { path: '/tmp/x' }, ...(claimName !== undefined && { claimRef: { namespace: 'ns', name: claimName } }) },
  };
}

/** No volume is ever shared, whatever happens. */
function checkAlways({ client }: World): void {
  const named = client.all(claims).filter(({ metadata, status }) => metadata.annotations?.['pv.kubernetes.io/bind-completed'] !== undefined && status?.phase === 'Bound').map(({ spec }) => spec?.volumeName);
  expect(new Set(named).size).toBe(named.length);
}

/** What holds once nothing goes wrong any more and all had time. */
function checkSettled({ client }: World): void {
  const [known, present] = [client.all(volumes), client.all(claims)];
  for (const one of present) {
    const mine = known.find(({ metadata }) => metadata.name === one.spec?.volumeName);
    if (one.status?.phase === 'Bound') expect([one.metadata.name, mine?.status?.phase, mine !== undefined && isVolumeBoundToClaim(mine, one)]).toEqual([one.metadata.name, 'Bound', true]);
    else if (one.spec?.volumeName === undefined && one.spec?.storageClassName === 'k') expect(known.filter((free) => free.spec?.claimRef === undefined && sizeOf(free) >= wantedOf(one))).toEqual([]); // it would have taken it
  }
  for (const { metadata, status, spec } of known) {
    const holder = present.find((one) => one.metadata.name === spec?.claimRef?.name);
    expect([metadata.name, status?.phase]).toEqual([metadata.name, expectedPhase(spec?.claimRef, holder, metadata.name)]);
  }
}

function expectedPhase(ref: coreV1.ObjectReference | undefined, holder: Claim | undefined, name: string): string {
  if (ref?.uid === undefined) return 'Available';
  return holder?.metadata.uid === ref.uid && holder.spec?.volumeName === name ? 'Bound' : 'Released';
}

const sizeOf = ({ spec }: Volume): number => Number.parseInt(spec?.capacity?.['storage'] ?? '0', 10);
const wantedOf = ({ spec }: Claim): number => Number.parseInt(spec?.resources?.requests?.['storage'] ?? '0', 10);

const named = fc.integer({ min: 0, max: 3 });
const size = fc.integer({ min: 1, max: 3 });
const step = fc.oneof(
  fc.record({ do: fc.constant('claim' as const), of: named, size }),
  fc.record({ do: fc.constant('claim of a volume' as const), of: named, size: named }),
  fc.record({ do: fc.constant('volume' as const), of: named, size }),
  fc.record({ do: fc.constant('volume to delete' as const), of: named, size }),
  fc.record({ do: fc.constant('reserved volume' as const), of: named, size: named }),
  fc.record({ do: fc.constant('no claim' as const), of: named, size }),
  fc.record({ do: fc.constant('no volume' as const), of: named, size }),
  fc.record({ do: fc.constant('restart' as const), of: named, size }),
  fc.record({ do: fc.constant('wait' as const), of: named, size }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

async function take({ do: what, of, size: other }: Step, world: World): Promise<void> {
  const { client, clock } = world;
  const put = (object: Claim | Volume): void => { if (client.stored<Claim | Volume>(object.kind === 'PersistentVolume' ? volumes : claims, object.kind === 'PersistentVolume' ? object.metadata.name : `ns/${object.metadata.name}`) === undefined) client.put(object); };
  switch (what) {
    case 'claim': put(claim(`c${of}`, { size: other })); break;
    case 'claim of a volume': put(claim(`c${of}`, { volumeName: `v${other}` })); break;
    case 'volume': put(volume(`v${of}`, { size: other })); break;
    case 'volume to delete': put(volume(`v${of}`, { size: other, policy: 'Delete' })); break;
    case 'reserved volume': put(volume(`v${of}`, { size: 3, claimName: `c${other}` })); break;
    case 'no claim': await client.delete(claims, { name: `c${of}`, namespace: 'ns' }).catch(() => undefined); break; // there may be none, or no answer
    case 'no volume': await client.delete(volumes, { name: `v${of}` }).catch(() => undefined); break; // as above
    case 'restart': await world.restart(); break;
    case 'wait': await clock.advance(200 * other); break;
  }
  await clock.advance(20);
}

test('claims and volumes come together whatever happens to either, to the watches and to the controllers', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 14 }), fc.nat(1000), async (steps, seed) => {
    let faults = true;
    const world = start(seed, () => faults);
    await world.clock.advance(50);
    for (const one of steps) { await take(one, world); checkAlways(world); }
    faults = false;
    for (let i = 0; i < 8; i++) { await world.clock.advance(SYNC_MS); checkAlways(world); }
    checkSettled(world);
    await world.stop();
  }), { numRuns: 25, seed: 11 });
}, 30_000);

test('a claim gets a directory where its pod goes, and leaves none behind', async () => {
  let faults = true;
  const world = start(3, () => faults);
  world.client.put(claim('data', { storageClassName: 'local' }));
  await world.clock.advance(1000);
  expect(world.client.all(volumes)).toEqual([]);
  const waiting = world.client.stored(claims, 'ns/data');
  world.client.put({ ...waiting, metadata: { ...waiting?.metadata, annotations: { 'volume.kubernetes.io/selected-node': 'n1' } } }); // as the scheduler does
  world.client.put({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns' }, spec: { containers: [], nodeName: 'n1', volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }] } });
  for (let i = 0; i < 4; i++) await world.clock.advance(SYNC_MS);
  const [made] = world.client.all(volumes);
  expect([made?.status?.phase, world.client.stored(claims, 'ns/data')?.status?.phase]).toEqual(['Bound', 'Bound']);
  faults = false;
  await world.client.delete(claims, { name: 'data', namespace: 'ns' });
  await world.clock.advance(SYNC_MS);
  expect(world.client.all(claims)).toHaveLength(1); // a pod uses it
  await world.client.delete(pods, { name: 'p', namespace: 'ns' });
  for (let i = 0; i < 4; i++) await world.clock.advance(SYNC_MS);
  expect([world.client.all(claims), world.client.all(volumes), new Set(world.cleaned)]).toEqual([[], [], new Set([made?.metadata.name])]);
  await world.stop();
});
