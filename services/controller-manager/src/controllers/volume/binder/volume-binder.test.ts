import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { perform } from '@kubernode/controller';
import { createFakeClient } from '@kubernode/testing';
import { reconcileVolume, volumeBinder } from './volume-binder.ts';
import type { VolumeScene } from './volume-scene.ts';

type Claim = coreV1.PersistentVolumeClaim;
type Volume = coreV1.PersistentVolume;

const NOW = Date.UTC(2026, 0, 1);
const BY_CONTROLLER = { 'pv.kubernetes.io/bound-by-controller': 'yes' };
const MADE = 'pv.kubernetes.io/provisioned-by';
const ref = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'ns', name: 'c', uid: 'u1' };
const options: VolumeScene['options'] = { syncPeriodMs: 15_000, times: { hostPath: { minimumSeconds: 60, secondsEachGiB: 30 }, nfs: { minimumSeconds: 300, secondsEachGiB: 30 } } };

interface VolumeParts { annotations?: Record<string, string>; phase?: string; finalizers?: string[] }

function volume({ annotations, phase = 'Bound', finalizers, ...spec }: VolumeParts & Partial<coreV1.PersistentVolumeSpec> = {}): Volume {
  return {
    apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v', ...(annotations && { annotations }), ...(finalizers && { finalizers }) },
    spec: { capacity: { storage: '4Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/tmp/v', type: '' }, persistentVolumeReclaimPolicy: 'Retain', ...spec }, status: { phase },
  };
}

function claim({ uid = 'u1', ...spec }: { uid?: string } & Partial<coreV1.PersistentVolumeClaimSpec> = {}): Claim {
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c', namespace: 'ns', uid }, spec };
}

function recycler(phase: string, { path = '/tmp/v', message, createdAt = '2025-12-31T23:00:00Z' }: { path?: string; message?: string; createdAt?: string } = {}): coreV1.Pod {
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: 'recycler-for-v', namespace: 'default', uid: 'p1', creationTimestamp: createdAt },
    spec: { containers: [], volumes: [{ name: 'vol', hostPath: { path, type: '' } }] }, status: { phase, ...(message !== undefined && { message }) },
  };
}

interface Looked { volume: Volume | undefined; pods: readonly coreV1.Pod[]; events: string[]; againAfterMs: number | undefined }

/** Looks at the volume once, and does what is to be done in a fake cluster. */
async function look(one: Volume, known: Claim | undefined, rest: Partial<Pick<VolumeScene, 'users' | 'recycler'>> = {}): Promise<Looked> {
  const client = createFakeClient([one, ...(rest.recycler === undefined ? [] : [rest.recycler])]);
  const events: string[] = [];
  const [stored = one] = client.all(coreV1Resources.persistentvolumes);
  const { actions, againAfterMs } = reconcileVolume({ volume: stored, claim: known, users: [], recycler: undefined, options, ...rest }, NOW);
  await perform(actions, { client, signal: new AbortController().signal, recorder: { event: (_about, type, reason, message) => { events.push(`${type} ${reason} ${message}`); }, run: () => Promise.resolve() } });
  return { volume: client.all(coreV1Resources.persistentvolumes)[0], pods: client.all(coreV1Resources.pods), events, againAfterMs };
}

test.each<[string, string, Volume, Claim | undefined]>([
  ['free', 'Available', volume({ phase: '' }), undefined],
  ['reserved', 'Available', volume({ phase: '', claimRef: { namespace: 'ns', name: 'c' } }), claim()],
  ['bound', 'Bound', volume({ phase: 'Available', claimRef: ref }), claim({ volumeName: 'v' })],
  ['half bound', 'Available', volume({ phase: 'Available', claimRef: ref }), claim()],
  ['without its claim', 'Released', volume({ claimRef: ref }), undefined],
  ['with another claim of the name', 'Released', volume({ claimRef: ref }), claim({ uid: 'u2' })],
  ['failed before', 'Failed', volume({ phase: 'Failed', claimRef: ref }), undefined],
])('a volume that is %s is %s', async (_title, phase, one, known) => {
  expect((await look(one, known)).volume).toMatchObject({ status: { phase }, spec: one.spec });
});

test.each<[string, unknown, unknown, Volume]>([
  ['a controller\'s is taken back', undefined, undefined, volume({ claimRef: ref, annotations: BY_CONTROLLER })],
  ['a user\'s stays a reservation', { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'ns', name: 'c' }, undefined, volume({ claimRef: ref })],
  ['of a volume made for another claim, too, where it is to be kept', undefined, { [MADE]: 'p' }, volume({ claimRef: ref, annotations: { ...BY_CONTROLLER, [MADE]: 'p' } })],
])('a binding to a claim that went elsewhere: %s', async (_title, claimRef, annotations, one) => {
  const after = await look(one, claim({ volumeName: 'other' }));
  expect([after.volume?.spec?.claimRef, after.volume?.metadata.annotations, after.volume?.status?.phase]).toEqual([claimRef, annotations, 'Available']);
});

test('a volume that was made for a claim which went elsewhere is left to its driver', async () => {
  expect((await look(volume({ claimRef: ref, annotations: { [MADE]: 'p' }, persistentVolumeReclaimPolicy: 'Delete' }), claim({ volumeName: 'other' }))).volume?.status?.phase).toBe('Released');
});

test('both sides are told when their volume modes differ', async () => {
  expect((await look(volume({ claimRef: ref }), claim({ volumeMode: 'Block' }))).events).toEqual([
    'Warning VolumeMismatch Cannot bind PersistentVolume to requested PersistentVolumeClaim "c" due to incompatible volumeMode.',
    'Warning VolumeMismatch Cannot bind PersistentVolume "v" to requested PersistentVolumeClaim due to incompatible volumeMode.',
  ]);
});

describe('policy Delete', () => {
  const gone = (parts: VolumeParts & Partial<coreV1.PersistentVolumeSpec> = {}): Promise<Looked> => look(volume({ claimRef: ref, persistentVolumeReclaimPolicy: 'Delete', ...parts }), undefined);

  test('deletes a hostPath volume\'s object, finalizer and all', async () => {
    expect((await gone({ annotations: { [MADE]: 'kubernetes.io/host-path' }, finalizers: ['kubernetes.io/pv-controller'] })).volume).toBeUndefined();
  });

  test.each<[string, VolumeParts & Partial<coreV1.PersistentVolumeSpec>]>([
    ['made by one', { annotations: { [MADE]: 'p' } }],
    ['of a CSI driver', { csi: { driver: 'd', volumeHandle: 'h' } }],
    ['of a driver that replaced a built-in plugin', { annotations: { 'pv.kubernetes.io/migrated-to': 'ebs.csi.aws.com', [MADE]: 'kubernetes.io/aws-ebs' } }],
  ])('leaves a volume to its driver: %s', async (_title, parts) => {
    expect(await gone(parts)).toMatchObject({ events: [], volume: { status: { phase: 'Released' } } });
  });

  test.each<[string, string, VolumeParts & Partial<coreV1.PersistentVolumeSpec>]>([
    ['another directory', 'host_path deleter only supports /tmp/.+ but received provided /d', { hostPath: { path: '/d' } }],
    ['local', 'error getting deleter volume plugin for volume "v": no volume plugin matched', { hostPath: undefined as never, local: { path: '/d' } }],
    ['nfs', 'error getting deleter volume plugin for volume "v": no deletable volume plugin matched', { hostPath: undefined as never, nfs: { server: 's', path: '/d' } }],
    ['an unknown plugin', 'no volume plugin matched name: kubernetes.io/x', { annotations: { [MADE]: 'kubernetes.io/x' } }],
  ])('says once why a volume cannot be deleted: %s', async (_title, message, parts) => {
    const result = await gone(parts);
    expect(result).toMatchObject({ events: [`Warning VolumeFailedDelete ${message}`], volume: { status: { phase: 'Failed', message } }, againAfterMs: undefined });
    const again = await look(result.volume ?? volume(), undefined);
    expect(again).toMatchObject({ events: [], againAfterMs: 15_000 });
  });
});

describe('policy Recycle', () => {
  const released = (parts: VolumeParts & Partial<coreV1.PersistentVolumeSpec> = {}): Volume => volume({ claimRef: ref, annotations: BY_CONTROLLER, phase: 'Released', persistentVolumeReclaimPolicy: 'Recycle', ...parts });

  test('sends a pod that empties the volume', async () => {
    const { pods: [pod] } = await look(released(), undefined);
    expect(pod).toMatchObject({ metadata: { name: 'recycler-for-v', namespace: 'default' }, spec: { activeDeadlineSeconds: 120, restartPolicy: 'Never', volumes: [{ name: 'vol', hostPath: { path: '/tmp/v' } }] } });
  });

  test.each<[string, number, Partial<coreV1.PersistentVolumeSpec>]>([
    ['nfs takes longer', 300, { hostPath: undefined as never, nfs: { server: 's', path: '/d' } }],
    ['a small volume', 60, { capacity: { storage: '1Gi' } }],
  ])('gives it time: %s', async (_title, seconds, parts) => {
    expect((await look(released(parts), undefined)).pods[0]?.spec?.activeDeadlineSeconds).toBe(seconds);
  });

  test('waits for it', async () => {
    expect(await look(released(), undefined, { recycler: recycler('Running') })).toMatchObject({ volume: { status: { phase: 'Released' } }, events: [] });
  });

  test('gives the volume back to all once it succeeded', async () => {
    const { volume: after, pods, events } = await look(released(), undefined, { recycler: recycler('Succeeded') });
    expect([after?.status?.phase, after?.spec?.claimRef, after?.metadata.annotations, pods, events]).toEqual(['Available', undefined, undefined, [], ['Normal VolumeRecycled Volume recycled']]);
  });

  test.each<[string, string, string | undefined, number]>([
    ['with what it says', 'Recycle failed: failed to recycle volume: no room', 'no room', 0],
    ['whatever it says', 'Recycle failed: failed to recycle volume: pod failed, pod.Status.Message unknown', undefined, 0],
  ])('says that it failed, %s, and tries anew', async (_title, message, said, left) => {
    const { volume: after, pods, events } = await look(released(), undefined, { recycler: recycler('Failed', said === undefined ? {} : { message: said }) });
    expect([after?.status, pods.length, events]).toEqual([{ phase: 'Failed', message }, left, [`Warning VolumeFailedRecycle ${message}`]]);
  });

  test('pauses before it tries anew', async () => {
    expect((await look(released(), undefined, { recycler: recycler('Failed', { createdAt: '2025-12-31T23:59:50Z' }) })).pods).toHaveLength(1);
  });

  test('takes no word from a pod that empties something else', async () => {
    const { volume: after, pods } = await look(released(), undefined, { recycler: recycler('Succeeded', { path: '/other' }) });
    expect([after?.status, pods]).toEqual([{ phase: 'Failed', message: 'Recycle failed: old recycler pod found, will retry later' }, []]);
  });

  test('spares a volume that pods use', async () => {
    expect(await look(released(), undefined, { users: ['ns/a', 'ns/b'] })).toMatchObject({ pods: [], events: ['Normal VolumeFailedRecycle Volume is used by pods: ns/a,ns/b'] });
  });

  test('does not spare it for pods that use another claim of the name', async () => {
    expect((await look(released(), claim({ uid: 'u2' }), { users: ['ns/a'] })).pods).toHaveLength(1);
  });

  test('fails for volumes that no pod empties', async () => {
    const spec = { hostPath: undefined as never, csi: { driver: 'd', volumeHandle: 'h' } };
    expect((await look(released(spec), undefined)).events).toEqual(['Warning VolumeFailedRecycle No recycler plugin found for the volume!']);
  });
});

test.each<[string, string[] | undefined, VolumeParts & Partial<coreV1.PersistentVolumeSpec>]>([
  ['built in, to delete', ['x', 'kubernetes.io/pv-controller'], { annotations: { [MADE]: 'kubernetes.io/x' }, finalizers: ['x', 'external-provisioner.volume.kubernetes.io/finalizer'], persistentVolumeReclaimPolicy: 'Delete' }],
  ['built in, to keep', undefined, { annotations: { [MADE]: 'kubernetes.io/x' }, finalizers: ['kubernetes.io/pv-controller'] }],
  ['replaced', ['external-provisioner.volume.kubernetes.io/finalizer'], { annotations: { [MADE]: 'kubernetes.io/gce-pd' }, finalizers: ['kubernetes.io/pv-controller', 'external-provisioner.volume.kubernetes.io/finalizer'], persistentVolumeReclaimPolicy: 'Delete' }],
  ['outside', ['external-provisioner.volume.kubernetes.io/finalizer'], { annotations: { [MADE]: 'p' }, finalizers: ['external-provisioner.volume.kubernetes.io/finalizer'], persistentVolumeReclaimPolicy: 'Delete' }],
  ['by hand', undefined, { persistentVolumeReclaimPolicy: 'Delete' }],
])('the finalizers of a volume are those of who made it: %s', async (_title, expected, parts) => {
  expect((await look(volume({ phase: 'Available', ...parts }), undefined)).volume?.metadata.finalizers).toEqual(expected);
});

describe('before a volume is released the server is asked for its claim', () => {
  const ask = async (one: Volume, local: Claim | undefined, stored: readonly Claim[]): Promise<string | undefined> => {
    const scene: VolumeScene = { volume: one, claim: local, users: [], recycler: undefined, options };
    const asked = await volumeBinder(options).ask?.(scene, { client: createFakeClient(stored), signal: new AbortController().signal }) as VolumeScene; // a volume's scene
    return asked.claim?.metadata.uid;
  };

  test.each<[string, string | undefined, Volume, Claim | undefined, Claim[]]>([
    ['the local copy has none yet', 'u1', volume({ claimRef: ref }), undefined, [claim()]],
    ['the local copy has an older one', 'u1', volume({ claimRef: ref }), claim({ uid: 'u0' }), [claim()]],
    ['there is none', undefined, volume({ claimRef: ref }), undefined, []],
    ['it was asked before', undefined, volume({ claimRef: ref, phase: 'Released' }), undefined, [claim()]],
    ['the volume is only reserved', undefined, volume({ claimRef: { namespace: 'ns', name: 'c' } }), undefined, [claim()]],
  ])('%s: %s', async (_title, expected, one, local, stored) => {
    expect(await ask(one, local, stored)).toBe(expected);
  });
});
