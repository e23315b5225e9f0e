import { coreV1Resources, storageV1Resources, type coreV1, type ResourceRef, type storageV1 } from '@kubernode/api';
import { IndexedStore } from '@kubernode/client';
import { perform, type Listers } from '@kubernode/controller';
import { createFakeClient, createFakeClock } from '@kubernode/testing';
import { attachDetachController } from './attach-detach-controller.ts';
import { attachmentName } from './attachment.ts';

const NOW = Date.UTC(2026, 0, 1);
const MANAGED = { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' };
const NAME = 'kubernetes.io/csi/d^h';
const attachable = { driver: 'd', handle: 'h' };

interface NodeParts { name?: string; ready?: boolean; inUse?: string[]; attached?: string[]; taints?: coreV1.Taint[]; managed?: boolean }

function node({ name = 'n1', ready = true, inUse, attached, taints, managed = true }: NodeParts = {}): coreV1.Node {
  return {
    apiVersion: 'v1', kind: 'Node', metadata: { name, ...(managed && { annotations: MANAGED }) }, spec: { ...(taints && { taints }) },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'Unknown' }], ...(inUse && { volumesInUse: inUse }), ...(attached && { volumesAttached: attached.map((one) => ({ name: one, devicePath: '' })) }) },
  };
}

function pod(name: string, { nodeName = 'n1', namespace = 'ns', phase = 'Running', createdAt = '2025-12-31T00:00:00Z' }: { nodeName?: string; namespace?: string; phase?: string; createdAt?: string } = {}): coreV1.Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, uid: `uid-${name}`, creationTimestamp: createdAt }, spec: { containers: [], nodeName, volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'c' } }] }, status: { phase } };
}

const claim: coreV1.PersistentVolumeClaim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c', namespace: 'ns', uid: 'u1' }, spec: { volumeName: 'v' }, status: { phase: 'Bound' } };

function volume(accessModes: string[] = ['ReadWriteOnce'], spec: Partial<coreV1.PersistentVolumeSpec> = { csi: { driver: 'd', volumeHandle: 'h' } }): coreV1.PersistentVolume {
  return { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v' }, spec: { accessModes, claimRef: { namespace: 'ns', name: 'c', uid: 'u1' }, ...spec } };
}

interface AttachmentParts { nodeName?: string; attached?: boolean; error?: string; deleted?: boolean; name?: string; createdAt?: string }

function attachment({ nodeName = 'n1', attached = true, error, deleted = false, name, createdAt = '2025-12-31T23:59:59Z' }: AttachmentParts = {}): storageV1.VolumeAttachment {
  return {
    apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttachment', spec: { attacher: 'd', nodeName, source: { persistentVolumeName: 'v' } },
    metadata: { name: name ?? attachmentName(attachable, nodeName), creationTimestamp: createdAt, ...(deleted && { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x'] }) },
    status: { attached, ...(error !== undefined && { attachError: { message: error, time: '2026-01-01T00:00:00Z' } }) },
  };
}

interface World { objects: object[]; /** What the server says of n1, where the local copy is older. */ fresh?: coreV1.Node; key?: string; forceDetach?: boolean; looks?: number[] }
interface Seen { attachments: string[]; reported: string[] | undefined; events: string[]; againAfterMs: number | undefined }

/** Looks at a node at the given times, each time with the objects of the beginning; what the last look did is told. */
async function look({ objects, fresh, key = 'n1', forceDetach = true, looks = [0] }: World): Promise<Seen> {
  const clock = createFakeClock(NOW);
  const controller = attachDetachController({ clock, forceDetach });
  const stores = new Map<string, IndexedStore<unknown>>();
  const storeOf = (resource: ResourceRef): IndexedStore<unknown> => {
    let store = stores.get(resource.resource);
    if (store === undefined) { store = new IndexedStore(); stores.set(resource.resource, store); }
    return store;
  };
  for (const { resource, indexes } of controller.watches) if (indexes !== undefined) storeOf(resource).addIndexes(indexes);
  const all = createFakeClient(objects);
  for (const { resource } of controller.watches) for (const one of all.all(resource as ResourceRef<object>)) storeOf(resource).set(one);
  const listers: Listers = { of: <T>(resource: ResourceRef<T>) => storeOf(resource as ResourceRef) as IndexedStore<T>, seenUpTo: () => 0 };
  const client = createFakeClient(fresh === undefined ? objects : [...objects.filter((one) => (one as coreV1.Node).metadata.name !== fresh.metadata.name), fresh]);
  let seen: Seen = { attachments: [], reported: undefined, events: [], againAfterMs: undefined };
  for (const atMs of looks) {
    await clock.advance(NOW + atMs - clock.now());
    const events: string[] = [];
    const scene = controller.read(key, listers);
    const { actions, againAfterMs } = scene === undefined ? { actions: [], againAfterMs: undefined } : controller.reconcile(scene, clock.now());
    await perform(actions, { client, signal: new AbortController().signal, recorder: { event: ({ metadata }, type, reason, message) => { events.push(`${metadata.name} ${type} ${reason} ${message}`); }, run: () => Promise.resolve() } });
    seen = {
      events, againAfterMs, attachments: client.all(storageV1Resources.volumeattachments).map(({ metadata, spec }) => `${spec.nodeName}${metadata.deletionTimestamp === undefined ? '' : ' goes'}`).sort(),
      reported: client.stored(coreV1Resources.nodes, 'n1')?.status?.volumesAttached?.map(({ name }) => name),
    };
  }
  return seen;
}

test('an attachment has the name that drivers and nodes look for', () => {
  expect(attachmentName({ driver: 'csi.example.com', handle: 'vol-1' }, 'node-1')).toBe('csi-b74c7fc125891ffa0d0f2e0d645733e3fae7fba3066e76500a771ea08be9da28');
});

describe('attaching', () => {
  test.each<[string, string[], object[]]>([
    ['what a pod on the node needs', ['n1'], [node(), pod('p'), claim, volume()]],
    ['nothing for a pod that ended', [], [node(), pod('p', { phase: 'Succeeded' }), claim, volume()]],
    ['nothing on a node that does it itself', [], [node({ managed: false }), pod('p'), claim, volume()]],
    ['nothing for volumes of other kinds', [], [node(), pod('p'), claim, volume(['ReadWriteOnce'], { hostPath: { path: '/d' } })]],
    ['nothing before the claim is bound', [], [node(), pod('p'), { ...claim, status: { phase: 'Pending' } }, volume()]],
    ['nothing for a driver that needs none', [], [node(), pod('p'), claim, volume(), { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: 'd' }, spec: { attachRequired: false } }]],
    ['not what another node has', ['n2'], [node(), node({ name: 'n2' }), pod('p'), claim, volume(), attachment({ nodeName: 'n2' })]],
    ['what another node may have, too', ['n1', 'n2'], [node(), node({ name: 'n2' }), pod('p'), claim, volume(['ReadWriteMany']), attachment({ nodeName: 'n2' })]],
    ['not what another node is about to have', ['n2'], [node(), node({ name: 'n2' }), pod('p'), claim, volume(), attachment({ nodeName: 'n2', attached: false })]],
    ['what another node could not get', ['n1', 'n2'], [node(), node({ name: 'n2' }), pod('p'), claim, volume(), attachment({ nodeName: 'n2', attached: false, error: 'no' })]],
    ['not what an older pod needs elsewhere', [], [node(), node({ name: 'n2' }), pod('p'), pod('older', { nodeName: 'n2', createdAt: '2025-01-01T00:00:00Z' }), claim, volume()]],
    ['what an older pod needs on a node that is gone', ['n1'], [node(), pod('p'), pod('older', { nodeName: 'n2', createdAt: '2025-01-01T00:00:00Z' }), claim, volume()]],
  ])('%s', async (_title, expected, objects) => {
    expect((await look({ objects })).attachments).toEqual(expected);
  });

  test('a node is told once it has the volume, and so are the pods', async () => {
    const { reported, events } = await look({ objects: [node(), pod('p'), pod('q'), claim, volume(), attachment()] });
    expect([reported, events]).toEqual([[NAME], ['p Normal SuccessfulAttachVolume AttachVolume.Attach succeeded for volume "v" ', 'q Normal SuccessfulAttachVolume AttachVolume.Attach succeeded for volume "v" ']]);
  });

  test('nothing is left to do then', async () => {
    expect(await look({ objects: [node({ attached: [NAME], inUse: [NAME] }), pod('p'), claim, volume(), attachment()] })).toEqual({ attachments: ['n1'], reported: [NAME], events: [], againAfterMs: undefined });
  });

  test('a driver\'s error is told once', async () => {
    const objects = [node(), pod('p'), claim, volume(), attachment({ attached: false, error: 'no room' })];
    expect((await look({ objects })).events).toEqual(['p Warning FailedAttachVolume AttachVolume.Attach failed for volume "v" : no room']);
    expect((await look({ objects, looks: [0, 1000] })).events).toEqual([]);
  });

  test('a silent driver is told of every two minutes', async () => {
    const objects = [node(), pod('p'), claim, volume(), attachment({ attached: false })];
    const event = 'p Warning FailedAttachVolume AttachVolume.Attach failed for volume "v" : timed out waiting for external-attacher of d CSI driver to attach volume h';
    expect([(await look({ objects })).events, (await look({ objects, looks: [0, 120_000] })).events, (await look({ objects, looks: [0, 120_000, 200_000] })).events, (await look({ objects, looks: [0, 120_000, 240_000] })).events]).toEqual([[], [event], [], [event]]);
  });

  test.each<[string, string, coreV1.Pod[]]>([
    ['nobody', 'Volume is already exclusively attached to one node and can\'t be attached to another', []],
    ['a pod', 'Volume is already used by pod(s) other', [pod('other', { nodeName: 'n2' })]],
    ['pods', 'Volume is already used by pod(s) a, b', [pod('a', { nodeName: 'n2' }), pod('b', { nodeName: 'n2' })]],
  ])('a volume that %s has on another node is told of once', async (_title, message, others) => {
    const objects = [node(), node({ name: 'n2' }), pod('p'), ...others, claim, volume(), attachment({ nodeName: 'n2' })];
    expect((await look({ objects })).events).toEqual([`p Warning FailedAttachVolume Multi-Attach error for volume "v" ${message}`]);
    expect((await look({ objects, looks: [0, 10_000] })).events).toEqual([]);
  });
});

describe('detaching', () => {
  test.each<[string, string[], string[] | undefined, World]>([
    ['what no pod needs any more', [], undefined, { objects: [node({ attached: [NAME] }), claim, volume(), attachment()] }],
    ['nothing of other kinds', [], ['kubernetes.io/iscsi/x'], { objects: [node({ attached: ['kubernetes.io/iscsi/x', NAME] }), claim, volume(), attachment()] }],
    ['what a pod that ended had', [], undefined, { objects: [node({ attached: [NAME] }), pod('p', { phase: 'Failed' }), claim, volume(), attachment()] }],
    ['what never came to be attached', [], undefined, { objects: [node(), claim, volume(), attachment({ attached: false })] }],
    ['not what the node has in use', ['n1'], [NAME], { objects: [node({ attached: [NAME], inUse: [NAME] }), claim, volume(), attachment()] }],
    ['not what the node took in use meanwhile', ['n1'], undefined, { objects: [node({ attached: [NAME] }), claim, volume(), attachment()], fresh: node({ attached: [NAME], inUse: [NAME] }) }],
    ['not what goes already', ['n1 goes'], undefined, { objects: [node({ attached: [NAME] }), claim, volume(), attachment({ deleted: true })] }],
    ['not somebody else\'s', ['n1'], undefined, { objects: [node(), claim, volume(), attachment({ name: 'mine' })] }],
    ['not on a node that does it itself', ['n1'], undefined, { objects: [node({ managed: false }), claim, volume(), attachment()] }],
    ['what an out-of-service node has in use', [], undefined, { objects: [node({ attached: [NAME], inUse: [NAME], ready: false, taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] }), claim, volume(), attachment()] }],
    ['not what a dead node has in use, for six minutes', ['n1'], [NAME], { objects: [node({ attached: [NAME], inUse: [NAME], ready: false }), claim, volume(), attachment()], looks: [0, 359_000] }],
    ['what a dead node has in use, after six minutes', [], undefined, { objects: [node({ attached: [NAME], inUse: [NAME], ready: false }), claim, volume(), attachment()], looks: [0, 361_000] }],
    ['not where that is off', ['n1'], [NAME], { objects: [node({ attached: [NAME], inUse: [NAME], ready: false }), claim, volume(), attachment()], looks: [0, 361_000], forceDetach: false }],
    ['never what a live node has in use', ['n1'], [NAME], { objects: [node({ attached: [NAME], inUse: [NAME] }), claim, volume(), attachment()], looks: [0, 361_000] }],
    ['not at once what a node that is gone had', ['n1'], undefined, { objects: [claim, volume(), attachment()] }],
    ['what a node that is gone had, after six minutes', [], undefined, { objects: [claim, volume(), attachment()], looks: [0, 361_000] }],
  ])('%s', async (_title, left, reported, world) => {
    const seen = await look(world);
    expect([seen.attachments, seen.reported]).toEqual([left, reported]);
  });

  test('the look that will force it is planned', async () => {
    expect((await look({ objects: [node({ attached: [NAME], inUse: [NAME], ready: false }), claim, volume(), attachment()], looks: [0, 100_000] })).againAfterMs).toBe(260_001);
  });
});
