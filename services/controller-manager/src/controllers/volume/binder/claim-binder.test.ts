import type { coreV1, storageV1 } from '@kubernode/api';
import { coreV1Resources, type ResourceRef } from '@kubernode/api';
import { IndexedStore } from '@kubernode/client';
import { perform, type Listers } from '@kubernode/controller';
import { createFakeClient } from '@kubernode/testing';
import { claimBinder, reconcileClaim } from './claim-binder.ts';
import type { ClaimScene } from './unbound-claim.ts';

type Claim = coreV1.PersistentVolumeClaim;
type Volume = coreV1.PersistentVolume;

const BOUND = { 'pv.kubernetes.io/bind-completed': 'yes' };
const BY_CONTROLLER = { 'pv.kubernetes.io/bound-by-controller': 'yes' };
const full = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'ns', name: 'c', uid: 'u1' };

interface ClaimParts { annotations?: Record<string, string>; phase?: string; status?: coreV1.PersistentVolumeClaimStatus }

function claim({ annotations, phase = 'Pending', status, ...spec }: ClaimParts & Partial<coreV1.PersistentVolumeClaimSpec> = {}): Claim {
  return {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c', namespace: 'ns', uid: 'u1', ...(annotations && { annotations }) },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'k', ...spec }, status: { phase, ...status },
  };
}

interface VolumeParts { name?: string; annotations?: Record<string, string>; phase?: string; size?: string; deleted?: boolean }

function volume({ name = 'v', annotations, phase = 'Available', size = '2Gi', deleted = false, ...spec }: VolumeParts & Partial<coreV1.PersistentVolumeSpec> = {}): Volume {
  return {
    apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name, ...(annotations && { annotations }), ...(deleted && { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x'] }) },
    spec: { capacity: { storage: size }, accessModes: ['ReadWriteOnce'], storageClassName: 'k', ...spec }, status: { phase },
  };
}

function storageClass(name: string, provisioner: string, { delayed = false, isDefault = false, mountOptions }: { delayed?: boolean; isDefault?: boolean; mountOptions?: string[] } = {}): storageV1.StorageClass {
  return {
    apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', provisioner, volumeBindingMode: delayed ? 'WaitForFirstConsumer' : 'Immediate', ...(mountOptions && { mountOptions }),
    metadata: { name, ...(isDefault && { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }) },
  };
}

/** Looks at the claim once, and does what is to be done in a fake cluster. */
async function look(one: Claim, volumes: readonly Volume[], rest: Partial<Pick<ClaimScene, 'classes' | 'waitingPods' | 'dynamic'>> = {}): Promise<{ claim: Claim; volumes: readonly Volume[]; events: string[]; writes: number; againAfterMs: number | undefined }> {
  const client = createFakeClient([one, ...volumes]);
  const events: string[] = [];
  const known = client.all(coreV1Resources.persistentvolumes);
  const [stored = one] = client.all(coreV1Resources.persistentvolumeclaims);
  const scene: ClaimScene = { claim: stored, candidates: known, named: known.find(({ metadata }) => metadata.name === one.spec?.volumeName), classes: [], waitingPods: [], dynamic: true, ...rest };
  const { actions, againAfterMs } = reconcileClaim(scene, 15_000);
  await perform(actions, { client, signal: new AbortController().signal, recorder: { event: (_about, type, reason, message) => { events.push(`${type} ${reason} ${message}`); }, run: () => Promise.resolve() } });
  const [after = one] = client.all(coreV1Resources.persistentvolumeclaims);
  return { claim: after, volumes: client.all(coreV1Resources.persistentvolumes), events, writes: client.writes.length, againAfterMs };
}

const bindings = ({ claim: { spec, status }, volumes }: Awaited<ReturnType<typeof look>>): unknown => [spec?.volumeName, status?.phase, volumes.filter(({ status: at }) => at?.phase === 'Bound').map(({ metadata }) => metadata.name)];

test('a claim and the smallest volume that fits are tied to each other, marks and all', async () => {
  const { claim: bound, volumes: [, mine], events, writes, againAfterMs } = await look(claim(), [volume({ name: 'big', size: '9Gi' }), volume(), volume({ name: 'small', size: '1M' })]);
  expect(bound).toMatchObject({ metadata: { annotations: { ...BOUND, ...BY_CONTROLLER } }, spec: { volumeName: 'v' }, status: { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '2Gi' } } });
  expect(mine).toMatchObject({ metadata: { annotations: BY_CONTROLLER }, spec: { claimRef: full }, status: { phase: 'Bound' } });
  expect([events, writes, againAfterMs]).toEqual([[], 4, 15_000]);
});

test.each<[string, unknown, Claim, Volume[]]>([
  ['a volume reserved by name', ['v', 'Bound', ['v']], claim(), [volume({ name: 'smaller', size: '1Gi' }), volume({ claimRef: { namespace: 'ns', name: 'c' } })]],
  ['a volume reserved by uid', ['v', 'Bound', ['v']], claim(), [volume({ claimRef: full })]],
  ['not one reserved for another', [undefined, 'Pending', []], claim(), [volume({ claimRef: { namespace: 'ns', name: 'other' } })]],
  ['not one of a former claim of the name', [undefined, 'Pending', []], claim(), [volume({ claimRef: { ...full, uid: 'old' } })]],
  ['not one that is not available', ['b', 'Bound', ['b']], claim(), [volume({ name: 'a', phase: 'Pending' }), volume({ name: 'b', size: '3Gi' })]],
  ['by labels', [undefined, 'Pending', []], claim({ selector: { matchLabels: { disk: 'ssd' } } }), [volume()]],
  ['as block device', ['v', 'Bound', ['v']], claim({ volumeMode: 'Block' }), [volume({ volumeMode: 'Block' })]],
  ['not a file system as block device', [undefined, 'Pending', []], claim({ volumeMode: 'Block' }), [volume()]],
  ['rather one that can do no more than is asked', ['v', 'Bound', ['v']], claim(), [volume({ name: 'many', size: '1Gi', accessModes: ['ReadWriteOnce', 'ReadWriteMany'] }), volume()]],
  ['one that can do more, else', ['many', 'Bound', ['many']], claim({ accessModes: ['ReadWriteMany'] }), [volume(), volume({ name: 'many', accessModes: ['ReadWriteOnce', 'ReadWriteMany'] })]],
  ['of no class', ['v', 'Bound', ['v']], claim({ storageClassName: '' }), [volume({ name: 'a', size: '1Gi' }), volume({ storageClassName: '' })]],
  ['the volume it names', ['v', 'Bound', ['v']], claim({ volumeName: 'v' }), [volume({ name: 'smaller', size: '1Gi' }), volume()]],
  ['the volume it names, though labels differ', ['v', 'Bound', ['v']], claim({ volumeName: 'v', selector: { matchLabels: { disk: 'ssd' } } }), [volume()]],
  ['the volume it names, which is reserved for it', ['v', 'Bound', ['v']], claim({ volumeName: 'v' }), [volume({ claimRef: { namespace: 'ns', name: 'c' } })]],
  ['the volume it names, when there is none', ['v', 'Pending', []], claim({ volumeName: 'v', phase: 'Bound' }), []],
])('a new claim gets %s', async (_title, expected, one, volumes) => {
  expect(bindings(await look(one, volumes))).toEqual(expected);
});

test.each<[string, Claim, Volume]>([
  ['after the volume', claim(), volume({ claimRef: full, annotations: BY_CONTROLLER })],
  ['after the volume\'s status', claim(), volume({ claimRef: full, annotations: BY_CONTROLLER, phase: 'Bound' })],
  ['after the claim', claim({ volumeName: 'v', annotations: { ...BOUND, ...BY_CONTROLLER } }), volume({ claimRef: full, annotations: BY_CONTROLLER, phase: 'Bound' })],
])('a binding that was cut short %s is completed', async (_title, one, tied) => {
  const result = await look(one, [tied]);
  expect(bindings(result)).toEqual(['v', 'Bound', ['v']]);
  expect((await look(result.claim, result.volumes)).writes).toBe(0);
});

test('marks say who made a binding: none where the user named both sides', async () => {
  const { claim: bound, volumes: [mine] } = await look(claim({ volumeName: 'v' }), [volume({ claimRef: { namespace: 'ns', name: 'c' } })]);
  expect([bound.metadata.annotations, mine?.metadata.annotations]).toEqual([BOUND, undefined]);
});

test.each<[string, string, Claim, Volume[], Parameters<typeof look>[2]?]>([
  ['nothing and no class', 'Normal FailedBinding no persistent volumes available for this claim and no storage class is set', claim({ storageClassName: '' }), []],
  ['a class that is not there', 'Warning ProvisioningFailed storageclass.storage.k8s.io "k" not found', claim(), []],
  ['no pod', 'Normal WaitForFirstConsumer waiting for first consumer to be created before binding', claim(), [volume()], { classes: [storageClass('k', 'p', { delayed: true })] }],
  ['a pod', 'Normal WaitForPodScheduled waiting for pod a to be scheduled', claim(), [], { classes: [storageClass('k', 'p', { delayed: true })], waitingPods: ['a'] }],
  ['pods', 'Normal WaitForPodScheduled waiting for pods a,b to be scheduled', claim(), [], { classes: [storageClass('k', 'p', { delayed: true })], waitingPods: ['a', 'b'] }],
  ['a volume by hand', 'Warning ProvisioningFailed no volume plugin matched name: kubernetes.io/no-provisioner', claim(), [], { classes: [storageClass('k', 'kubernetes.io/no-provisioner')] }],
  ['nfs', 'Warning ProvisioningFailed no provisionable volume plugin matched', claim(), [], { classes: [storageClass('k', 'kubernetes.io/nfs')] }],
  ['a host path', 'Warning ProvisioningFailed Failed to create provisioner: provisioning in volume plugin "kubernetes.io/host-path" is disabled', claim(), [], { classes: [storageClass('k', 'kubernetes.io/host-path')] }],
  ['a host path with options', 'Warning ProvisioningFailed Mount options are not supported by the provisioner but StorageClass "k" has mount options [ro soft]', claim(), [], { classes: [storageClass('k', 'kubernetes.io/host-path', { mountOptions: ['ro', 'soft'] })] }],
  ['a filled host path', 'Warning ProvisioningFailed plugin "kubernetes.io/host-path" is not a CSI plugin. Only CSI plugin can provision a claim with a datasource', claim({ dataSource: { kind: 'PersistentVolumeClaim', name: 'x' } }), [], { classes: [storageClass('k', 'kubernetes.io/host-path')] }],
  ['a small one', 'Warning VolumeMismatch Cannot bind to requested volume "v": requested PV is too small', claim({ volumeName: 'v' }), [volume({ size: '1M' })]],
  ['one of another class', 'Warning VolumeMismatch Cannot bind to requested volume "v": storageClassName does not match', claim({ volumeName: 'v', storageClassName: 'x' }), [volume()]],
  ['one of other attributes', 'Warning VolumeMismatch Cannot bind to requested volume "v": volumeAttributesClassName does not match', claim({ volumeName: 'v', volumeAttributesClassName: 'gold' }), [volume()]],
  ['one of another mode', 'Warning VolumeMismatch Cannot bind to requested volume "v": incompatible volumeMode', claim({ volumeName: 'v', volumeMode: 'Block' }), [volume()]],
  ['one for other access', 'Warning VolumeMismatch Cannot bind to requested volume "v": incompatible accessMode', claim({ volumeName: 'v', accessModes: ['ReadWriteMany'] }), [volume()]],
  ['one that goes', 'Warning VolumeMismatch Cannot bind to requested volume "v": the volume is marked for deletion "v"', claim({ volumeName: 'v' }), [volume({ deleted: true })]],
  ['one that is taken', 'Warning FailedBinding volume "v" already bound to a different claim.', claim({ volumeName: 'v' }), [volume({ claimRef: { ...full, name: 'other', uid: 'u2' } })]],
])('an unbound claim is told what it waits for: %s', async (_title, event, one, volumes, rest = {}) => {
  const result = await look(one, volumes, rest);
  expect([result.events, result.claim.status, result.againAfterMs]).toEqual([[event], { phase: 'Pending' }, 15_000]);
});

test('a claim that looks bound but never was begins again', async () => {
  const { claim: reset } = await look(claim({ storageClassName: '', phase: 'Bound', status: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, currentVolumeAttributesClassName: 'gold' } }), []);
  expect(reset.status).toEqual({ phase: 'Pending' });
});

test.each<[string, string, string, Record<string, string>]>([
  ['an outside provisioner', 'example.com/p', 'example.com/p', {}],
  ['one that replaced a built-in plugin', 'kubernetes.io/aws-ebs', 'ebs.csi.aws.com', { 'pv.kubernetes.io/migrated-to': 'ebs.csi.aws.com' }],
])('%s is asked by annotations, and users are told', async (_title, provisioner, driver, before) => {
  const { claim: asked, events } = await look(claim({ annotations: before }), [], { classes: [storageClass('k', provisioner)] });
  expect(asked.metadata.annotations).toEqual({ 'volume.beta.kubernetes.io/storage-provisioner': driver, 'volume.kubernetes.io/storage-provisioner': driver });
  expect(events).toEqual([`Normal ExternalProvisioning Waiting for a volume to be created either by the external provisioner '${driver}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`]);
});

test('once the scheduler chose a node a waiting claim gets a volume made, not one that lies about', async () => {
  const { claim: asked } = await look(claim({ annotations: { 'volume.kubernetes.io/selected-node': 'n' } }), [volume()], { classes: [storageClass('k', 'p', { delayed: true })] });
  expect([asked.spec?.volumeName, asked.metadata.annotations?.['volume.kubernetes.io/storage-provisioner']]).toEqual([undefined, 'p']);
});

test('nothing is made where provisioning is off', async () => {
  expect(await look(claim(), [], { classes: [storageClass('k', 'p')], dynamic: false })).toMatchObject({ writes: 0, events: [] });
});

test.each<[string, string | undefined, Claim, Volume[], storageV1.StorageClass[]]>([
  ['there is no default', undefined, claim({}), [], [storageClass('k', 'p')]],
  ['there is one', 'k', claim({}), [], [storageClass('k', 'p', { isDefault: true })]],
  ['a volume without a class fits', undefined, claim({}), [volume({ storageClassName: '' })], [storageClass('k', 'p', { isDefault: true })]],
  ['it wants none', '', claim({ storageClassName: '' }), [], [storageClass('k', 'p', { isDefault: true })]],
  ['it names one by annotation', undefined, claim({ annotations: { 'volume.beta.kubernetes.io/storage-class': '' } }), [], [storageClass('k', 'p', { isDefault: true })]],
])('a claim gets the default class later: %s', async (_title, expected, one, volumes, classes) => {
  const { storageClassName, ...spec } = one.spec ?? {};
  const bare: Claim = { ...one, spec: storageClassName === '' ? { ...spec, storageClassName } : spec };
  expect((await look(bare, volumes, { classes })).claim.spec?.storageClassName).toBe(expected);
});

test.each<[string, string, unknown, Claim, Volume[]]>([
  ['names no volume any more', 'Warning ClaimLost Bound claim has lost reference to PersistentVolume. Data on the volume is lost!', 'Lost', claim({ annotations: BOUND, phase: 'Bound' }), []],
  ['has no volume any more', 'Warning ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!', 'Lost', claim({ annotations: BOUND, phase: 'Bound', volumeName: 'v' }), []],
  ['names another\'s volume', 'Warning ClaimMisbound Two claims are bound to the same volume, this one is bound incorrectly', 'Lost', claim({ annotations: BOUND, phase: 'Bound', volumeName: 'v' }), [volume({ claimRef: { ...full, uid: 'u2' } })]],
])('a claim that was bound and %s is lost', async (_title, event, phase, one, volumes) => {
  const result = await look(one, volumes);
  expect([result.events, result.claim.status?.phase, result.againAfterMs]).toEqual([[event], phase, undefined]);
  expect((await look(result.claim, volumes)).events).toEqual([]); // said once
});

test('a bound claim whose volume came unbound is bound to it again', async () => {
  expect(bindings(await look(claim({ annotations: BOUND, phase: 'Bound', volumeName: 'v' }), [volume()]))).toEqual(['v', 'Bound', ['v']]);
});

test.each<[string, Record<string, string>, Claim, Volume]>([
  ['a larger volume leaves a bound claim\'s size alone: its file system may lag behind', { storage: '1Gi' }, claim({ annotations: BOUND, volumeName: 'v', phase: 'Bound', status: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } } }), volume({ claimRef: full, phase: 'Bound' })],
  ['a volume that is being grown shows its former size', { storage: '1Gi' }, claim(), volume({ annotations: { 'volume.alpha.kubernetes.io/pre-resize-capacity': '1Gi' } })],
  ['a former size that is no number is not used', { storage: '2Gi' }, claim(), volume({ annotations: { 'volume.alpha.kubernetes.io/pre-resize-capacity': 'big' } })],
])('%s', async (_title, capacity, one, mine) => {
  expect((await look(one, [mine])).claim.status).toMatchObject({ phase: 'Bound', capacity });
});

test('the attributes class of the volume shows once the claim is bound', async () => {
  expect((await look(claim({ volumeAttributesClassName: 'gold' }), [volume({ volumeAttributesClassName: 'gold' })])).claim.status).toMatchObject({ currentVolumeAttributesClassName: 'gold' });
});

test.each<[string, string | undefined, Claim]>([
  ['bound', 'v', claim({ annotations: BOUND, volumeName: 'v' })],
  ['not bound yet', undefined, claim({ volumeName: 'v' })],
])('before a claim is lost the server is asked for its volume: %s', async (_title, expected, one) => {
  const scene: ClaimScene = { claim: one, candidates: [], named: undefined, classes: [], waitingPods: [], dynamic: true };
  const asked = await claimBinder({ syncPeriodMs: 1, dynamic: true }).ask?.(scene, { client: createFakeClient([volume()]), signal: new AbortController().signal }) as ClaimScene; // a claim's scene
  expect(asked.named?.metadata.name).toBe(expected);
});

test.each<[string, string[], Volume | undefined, Volume | undefined]>([
  ['becomes free', ['ns/c'], volume({ phase: 'Pending' }), volume()],
  ['was free before', [], volume(), volume()],
  ['is too small', [], undefined, volume({ size: '1M' })],
  ['is of another class', ['ns/of-x'], undefined, volume({ storageClassName: 'x' })],
  ['is of no class', ['ns/without'], undefined, volume({ storageClassName: '' })],
  ['is reserved', ['ns/later'], undefined, volume({ claimRef: { namespace: 'ns', name: 'later' } })],
  ['was reserved', ['ns/later', 'ns/c'], volume({ claimRef: { namespace: 'ns', name: 'later' } }), volume()],
  ['is named', ['ns/names'], undefined, volume({ name: 'w', size: '1M' })],
  ['is gone', ['ns/names'], volume({ name: 'w' }), undefined],
])('a volume that %s brings back the claims that it concerns: %j', (_title, expected, previous, object) => {
  const controller = claimBinder({ syncPeriodMs: 1, dynamic: true });
  const named = (name: string, one: Claim): Claim => ({ ...one, metadata: { ...one.metadata, name } });
  const { storageClassName: _class, ...bare } = claim().spec ?? {};
  const store = new IndexedStore<Claim>();
  for (const one of [claim(), named('of-x', claim({ storageClassName: 'x' })), named('without', { ...claim(), spec: bare }), named('names', claim({ volumeName: 'w' }))]) store.set(one);
  const listers: Listers = { of: <T>(_resource: ResourceRef<T>) => store as unknown as IndexedStore<T>, seenUpTo: () => 0 }; // asked for claims alone
  for (const { resource, indexes } of controller.watches) if (resource.resource === 'persistentvolumeclaims' && indexes !== undefined) store.addIndexes(indexes as Parameters<typeof store.addIndexes>[0]); // those of claims
  const watched = controller.watches.find(({ resource }) => resource.resource === 'persistentvolumes');
  const name = (object ?? previous)?.metadata.name ?? '';
  expect([...watched?.keys({ key: name, ...(object && { object }), ...(previous && { previous }) }, listers) ?? []]).toEqual(expected);
});
