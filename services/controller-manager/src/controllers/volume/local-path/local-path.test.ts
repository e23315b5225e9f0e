import { coreV1Resources, type coreV1, type storageV1 } from '@kubernode/api';
import { internalError } from '@kubernode/apimachinery';
import { perform, type Plan } from '@kubernode/controller';
import { createFakeClient } from '@kubernode/testing';
import { reconcile as clean } from './local-path-cleaner.ts';
import { reconcile as provision, type ProvisioningScene } from './local-path-provisioner.ts';

type Claim = coreV1.PersistentVolumeClaim;
type Volume = coreV1.PersistentVolume;

const UID = '0f6b2c1e-8a4d-4a53-9a0e-3f1f7d5c2b90';
const NAME = `pvc-${UID}`;
const FINALIZER = 'external-provisioner.volume.kubernetes.io/finalizer';
const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels: { 'kubernetes.io/hostname': 'host-1' } } } as coreV1.Node;
const storageClass: storageV1.StorageClass = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'local-path' }, provisioner: 'kubernode.io/local-path', reclaimPolicy: 'Delete', volumeBindingMode: 'WaitForFirstConsumer' };

function claim(spec: Partial<coreV1.PersistentVolumeClaimSpec> = {}, selectedNode: string | undefined = 'n1'): Claim {
  const annotations = { 'volume.kubernetes.io/storage-provisioner': 'kubernode.io/local-path', ...(selectedNode !== '' && { 'volume.kubernetes.io/selected-node': selectedNode }) };
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c', namespace: 'ns', uid: UID, annotations }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'local-path', ...spec } };
}

function volume({ phase = 'Released', policy = 'Delete', finalizers = [FINALIZER], deleted = false }: { phase?: string; policy?: string; finalizers?: string[]; deleted?: boolean } = {}): Volume {
  return {
    apiVersion: 'v1', kind: 'PersistentVolume', status: { phase }, spec: { persistentVolumeReclaimPolicy: policy },
    metadata: { name: NAME, annotations: { 'pv.kubernetes.io/provisioned-by': 'kubernode.io/local-path', 'kubernode.io/node': 'n1' }, finalizers, ...(deleted && { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
  };
}

interface Done { events: string[]; volumes: readonly Volume[]; claims: readonly Claim[]; asked: string[] }

/** Does what is to be done in a fake cluster, whose nodes answer what they are asked with `refusal`. */
async function act(plan: Plan, objects: readonly object[], refusal?: Error): Promise<Done> {
  const client = createFakeClient([...objects]);
  const [events, asked]: [string[], string[]] = [[], []];
  const asks: typeof client.delete = (resource, target, options) => {
    if (resource.resource !== 'nodes') return client.delete(resource, target, options);
    asked.push(`${target.name}/${target.subresource ?? ''}`);
    return refusal === undefined ? Promise.resolve() : Promise.reject(refusal);
  };
  await perform(plan.actions, { client: { ...client, delete: asks }, signal: new AbortController().signal, recorder: { event: (_about, type, reason, message) => { events.push(`${type} ${reason} ${message}`); }, run: () => Promise.resolve() } });
  return { events, asked, volumes: client.all(coreV1Resources.persistentvolumes), claims: client.all(coreV1Resources.persistentvolumeclaims) };
}

const scene = (parts: Partial<ProvisioningScene> = {}): ProvisioningScene => ({ claim: claim(), storageClass, node, isMade: false, dir: '/volumes/', ...parts });

test('a volume is a directory of the node that was chosen, tied to its claim', async () => {
  const { events, volumes: [made] } = await act(provision(scene()), []);
  expect(made).toMatchObject({
    metadata: { name: NAME, finalizers: [FINALIZER], annotations: { 'pv.kubernetes.io/provisioned-by': 'kubernode.io/local-path', 'kubernode.io/node': 'n1' } },
    spec: {
      accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: `/volumes/${NAME}`, type: 'DirectoryOrCreate' }, persistentVolumeReclaimPolicy: 'Delete', storageClassName: 'local-path',
      claimRef: { kind: 'PersistentVolumeClaim', namespace: 'ns', name: 'c', uid: UID }, nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['host-1'] }] }] } },
    },
  });
  expect(events).toEqual(['Normal Provisioning External provisioner is provisioning volume for claim "ns/c"', `Normal ProvisioningSucceeded Successfully provisioned volume ${NAME}`]);
});

test('a volume to retain has no finalizer', async () => {
  expect((await act(provision(scene({ storageClass: { ...storageClass, reclaimPolicy: 'Retain' } })), [])).volumes[0]?.metadata.finalizers).toBeUndefined();
});

test('one that is there already counts as made', async () => {
  expect((await act(provision(scene()), [volume()])).events).toHaveLength(1);
  expect(provision(scene({ isMade: true })).actions).toEqual([]);
});

test('a class of another provisioner is not ours', () => {
  expect(provision(scene({ storageClass: { ...storageClass, provisioner: 'x' } })).actions).toEqual([]);
});

test.each<[string, string, Claim]>([
  ['without a node', 'a directory is made where its pod runs: the class needs volumeBindingMode WaitForFirstConsumer', claim({}, '')],
  ['for many nodes', 'a directory of one node cannot be ReadWriteMany: only ReadWriteOnce and ReadWriteOncePod are supported', claim({ accessModes: ['ReadWriteOnce', 'ReadWriteMany'] })],
  ['as a block device', 'a directory is no block device: only volumeMode Filesystem is supported', claim({ volumeMode: 'Block' })],
  ['by labels', 'claim.Spec.Selector is not supported', claim({ selector: {} })],
  ['filled', 'volumes begin empty: a dataSource is not supported', claim({ dataSource: { kind: 'PersistentVolumeClaim', name: 'x' } })],
])('a claim that no directory can serve is told why: %s', async (_title, why, one) => {
  const { events, volumes } = await act(provision(scene({ claim: one })), []);
  expect([events, volumes]).toEqual([[`Warning ProvisioningFailed failed to provision volume with StorageClass "local-path": ${why}`], []]);
});

test('the scheduler chooses anew when the node is gone', async () => {
  const { claims: [after], events } = await act(provision(scene({ node: undefined })), [claim()]);
  expect([after?.metadata.annotations, events]).toEqual([{ 'volume.kubernetes.io/storage-provisioner': 'kubernode.io/local-path' }, ['Warning ProvisioningFailed failed to provision volume with StorageClass "local-path": failed to get target node: nodes "n1" not found']]);
});

test.each<[string, Volume]>([['released', volume()], ['failed', volume({ phase: 'Failed' })], ['being deleted', volume({ deleted: true })]])('the node deletes what a volume stored, then the volume goes: %s', async (_title, one) => {
  const { asked, volumes } = await act(clean({ volume: one, hasNode: true }), [one]);
  expect([asked, volumes]).toEqual([[`n1/proxy/localVolumes/${NAME}`], []]);
});

test('a volume stays while its node refuses', async () => {
  const plan = clean({ volume: volume(), hasNode: true });
  const { volumes, events } = await act(plan, [volume()], internalError(new Error('busy')));
  expect([volumes.length, plan.againAfterMs, events]).toEqual([1, 15_000, ['Warning VolumeFailedDelete Internal error occurred: busy']]);
});

test('what a node that is gone had needs no deleting', async () => {
  const { asked, volumes } = await act(clean({ volume: volume(), hasNode: false }), [volume()]);
  expect([asked, volumes]).toEqual([[], []]);
});

test.each<[string, string[], Volume]>([
  ['bound', [FINALIZER], volume({ phase: 'Bound' })],
  ['bound, to delete later', [FINALIZER], volume({ phase: 'Bound', finalizers: [] })],
  ['to retain', [], volume({ policy: 'Retain' })],
])('a volume that is %s is not touched but for its finalizer', async (_title, finalizers, one) => {
  const { asked, volumes } = await act(clean({ volume: one, hasNode: true }), [one]);
  expect([asked, volumes.map(({ metadata }) => metadata.finalizers)]).toEqual([[], [finalizers]]);
});
