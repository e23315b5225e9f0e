import { coreV1Resources, storageV1Resources, type coreV1, type ResourceRef, type storageV1 } from '@kubernode/api';
import fc from 'fast-check';
import { clusterOf, verdictsOf, type Placed, type World } from '../../test-support/ask-plugins.ts';
import { testNode, testPod } from '../../test-support/test-cluster.ts';

// The four plugins that look at volumes against twins that read claims, volumes, classes and limits anew for each node.

/** Generated clusters a property; TWIN_RUNS for more. */
const RUNS = Number(process.env['TWIN_RUNS'] ?? 150);

const ZONE = 'topology.kubernetes.io/zone';
const DRIVER = 'csi.example.com';
const CLAIMS = ['c0', 'c1', 'c2', 'c3'];
const SELECTED = 'volume.kubernetes.io/selected-node';

const size = fc.constantFrom('1Gi', '2Gi', '3Gi');
const zone = fc.constantFrom('x', 'y');
const className = fc.constantFrom('wait', 'wait-static', 'now', 'unheard-of', '');
const modes = fc.constantFrom('ReadWriteOnce', 'ReadWriteOnce ReadWriteMany', 'ReadWriteOncePod').map((one) => one.split(' '));

const volume = fc.record({ size, className, zone: fc.option(zone, { nil: undefined }), label: fc.constantFrom(undefined, undefined, 'x', 'y', 'x__y'), modes, phase: fc.constantFrom('Available', 'Available', 'Bound', 'Released'), driver: fc.constantFrom(DRIVER, DRIVER, 'other', undefined), reservedFor: fc.constantFrom(undefined, undefined, undefined, ...CLAIMS), raw: fc.constantFrom(false, false, false, true) });
const claim = fc.record({ size, className, modes, volumeName: fc.constantFrom(undefined, undefined, 'v0', 'v1', 'v2', 'gone'), completed: fc.constantFrom(true, true, true, false), selected: fc.constantFrom(undefined, undefined, undefined, 'n0', 'n1'), phase: fc.constantFrom('Pending', 'Pending', 'Pending', 'Pending', 'Pending', 'Lost') });
const state = fc.record({ volumes: fc.array(volume, { maxLength: 4 }), claims: fc.array(claim, { minLength: 1, maxLength: CLAIMS.length }), publishes: fc.boolean(), capacities: fc.array(fc.record({ zone, limit: size }), { maxLength: 2 }), topology: fc.option(zone, { nil: undefined }) });

const disk = fc.record({ readOnly: fc.boolean(), name: fc.constantFrom('d', 'e'), kind: fc.constantFrom('gce', 'aws', 'iscsi', 'rbd') }).map(({ readOnly, name, kind }): coreV1.Volume => {
  switch (kind) {
    case 'gce': return { name: 'd', gcePersistentDisk: { pdName: name, readOnly } };
    case 'aws': return { name: 'd', awsElasticBlockStore: { volumeID: name, readOnly } };
    case 'iscsi': return { name: 'd', iscsi: { iqn: name, lun: 0, targetPortal: '', readOnly } };
    default: return { name: 'd', rbd: { image: 'i', monitors: name === 'd' ? ['m', 'n'] : ['n', 'o'], readOnly } };
  }
});
const pod = fc.record({ claims: fc.uniqueArray(fc.constantFrom(...CLAIMS), { maxLength: 2 }), disks: fc.array(disk, { maxLength: 1 }) })
  .map(({ claims, disks }) => testPod({ volumes: [...claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })), ...disks] }));
const world = fc.array(fc.record({ zone: fc.option(zone, { nil: undefined }), limit: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }), attached: fc.uniqueArray(fc.constantFrom('v0', 'v1', 'v3')), pods: fc.array(pod, { maxLength: 2 }) }), { minLength: 1, maxLength: 4 });

/** All objects as the API would show them. */
interface Cluster { nodes: World; objects: (readonly [ResourceRef, object])[]; claims: Map<string, coreV1.PersistentVolumeClaim>; volumes: Map<string, coreV1.PersistentVolume>; classes: Map<string, storageV1.StorageClass>; limits: Map<string, number>; attached: Map<string, string[]>; publishes: boolean; capacities: storageV1.CSIStorageCapacity[] }

const clusters = fc.tuple(world, state).map(([parts, { volumes, claims, publishes, capacities, topology }]): Cluster => {
  const nodes = parts.map(({ zone: at, pods }, i): Placed => ({ node: testNode(`n${i}`, { labels: { ...(at && { [ZONE]: at }) } }), pods }));
  const pvs = volumes.map((one, i): coreV1.PersistentVolume => ({
    apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: `v${i}`, labels: { ...(one.label && { [ZONE]: one.label }) } }, status: { phase: one.phase },
    spec: {
      capacity: { storage: one.size }, storageClassName: one.className, accessModes: one.modes, volumeMode: one.raw ? 'Block' : 'Filesystem', ...(one.reservedFor && { claimRef: { namespace: 'ns', name: one.reservedFor } }),
      ...(one.zone && { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE, operator: 'In', values: [one.zone] }] }] } } }), ...(one.driver ? { csi: { driver: one.driver, volumeHandle: `handle-${i}` } } : { local: { path: '/x' } }),
    },
  }) as coreV1.PersistentVolume); // operators are texts
  const pvcs = claims.map((one, i): coreV1.PersistentVolumeClaim => ({
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: { phase: one.phase },
    metadata: { name: `c${i}`, namespace: 'ns', uid: `claim-${i}`, annotations: { ...(one.completed && { 'pv.kubernetes.io/bind-completed': 'yes' }), ...(one.selected && { [SELECTED]: one.selected }) } },
    spec: { storageClassName: one.className, accessModes: one.modes, resources: { requests: { storage: one.size } }, ...(one.volumeName && { volumeName: one.volumeName }) },
  }));
  const storageClass = (name: string, provisioner: string, volumeBindingMode: string): storageV1.StorageClass => ({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name }, provisioner, volumeBindingMode, ...(topology && name === 'wait' && { allowedTopologies: [{ matchLabelExpressions: [{ key: ZONE, values: [topology] }] }] }) });
  const classes = [storageClass('wait', DRIVER, 'WaitForFirstConsumer'), storageClass('wait-static', 'kubernetes.io/no-provisioner', 'WaitForFirstConsumer'), storageClass('now', DRIVER, 'Immediate')];
  const csi = parts.map(({ limit }, i) => ({ apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', metadata: { name: `n${i}` }, spec: { drivers: [{ name: DRIVER, nodeID: '', topologyKeys: [], ...(limit !== undefined && { allocatable: { count: limit } }) }] } }));
  const attachments = parts.flatMap(({ attached }, i) => attached.map((name) => ({ apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttachment', metadata: { name: `${name}-${i}` }, spec: { attacher: DRIVER, nodeName: `n${i}`, source: { persistentVolumeName: name } } })));
  const room = capacities.map((one, i): storageV1.CSIStorageCapacity => ({ apiVersion: 'storage.k8s.io/v1', kind: 'CSIStorageCapacity', metadata: { name: `r${i}`, namespace: 'ns' }, storageClassName: 'wait', capacity: one.limit, nodeTopology: { matchLabels: { [ZONE]: one.zone } } }));
  const driver = { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: DRIVER }, spec: { storageCapacity: publishes } };
  const of = (resource: ResourceRef, all: readonly object[]): (readonly [ResourceRef, object])[] => all.map((one) => [resource, one] as const);
  return {
    nodes, publishes, capacities: room, claims: new Map(pvcs.map((one) => [one.metadata.name, one])), volumes: new Map(pvs.map((one) => [one.metadata.name, one])), classes: new Map(classes.map((one) => [one.metadata.name, one])),
    limits: new Map(parts.flatMap(({ limit }, i) => (limit === undefined ? [] : [[`n${i}`, limit] as const]))), attached: new Map(parts.map(({ attached }, i) => [`n${i}`, attached])),
    objects: [...of(coreV1Resources.persistentvolumes, pvs), ...of(coreV1Resources.persistentvolumeclaims, pvcs), ...of(storageV1Resources.storageclasses, classes), ...of(storageV1Resources.csinodes, csi), ...of(storageV1Resources.volumeattachments, attachments), ...of(storageV1Resources.csistoragecapacities, room), ...of(storageV1Resources.csidrivers, [driver])],
  };
});

const claimNames = ({ spec }: coreV1.Pod): string[] => (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => (persistentVolumeClaim ? [persistentVolumeClaim.claimName] : []));
const gigabytes = (text = '0Gi'): number => Number(text.replace('Gi', ''));
const zoneOf = ({ node }: Placed): string | undefined => node.metadata.labels?.[ZONE];

function naiveRestrictions({ nodes, claims }: Cluster, one: coreV1.Pod): (string | undefined)[] {
  const missing = claimNames(one).find((name) => !claims.has(name));
  if (missing !== undefined) return nodes.map(() => `unresolvable: persistentvolumeclaim "${missing}" not found`);
  const inUse = claimNames(one).some((name) => claims.get(name)?.spec?.accessModes?.includes('ReadWriteOncePod') === true && nodes.some(({ pods }) => pods.some((other) => claimNames(other).includes(name))));
  const clash = (a: coreV1.Volume, b: coreV1.Volume): boolean => {
    const readers = (x?: { readOnly?: boolean }, y?: { readOnly?: boolean }): boolean => x?.readOnly === true && y?.readOnly === true;
    if (a.gcePersistentDisk && b.gcePersistentDisk) return a.gcePersistentDisk.pdName === b.gcePersistentDisk.pdName && !readers(a.gcePersistentDisk, b.gcePersistentDisk);
    if (a.awsElasticBlockStore && b.awsElasticBlockStore) return a.awsElasticBlockStore.volumeID === b.awsElasticBlockStore.volumeID;
    if (a.iscsi && b.iscsi) return a.iscsi.iqn === b.iscsi.iqn && !readers(a.iscsi, b.iscsi);
    return a.rbd !== undefined && b.rbd !== undefined && !readers(a.rbd, b.rbd); // the monitors of any two overlap here
  };
  return nodes.map(({ pods }) => {
    if ((one.spec?.volumes ?? []).some((a) => pods.some(({ spec }) => (spec?.volumes ?? []).some((b) => clash(a, b))))) return 'unschedulable: node(s) had no available disk';
    return inUse ? 'unschedulable: node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod' : undefined;
  });
}

function naiveZone({ nodes, claims, volumes, classes }: Cluster, one: coreV1.Pod): (string | undefined)[] {
  const wanted: string[][] = [];
  for (const name of claimNames(one)) {
    const { storageClassName = '', volumeName } = claims.get(name)?.spec ?? {};
    const fault = !claims.has(name) ? `persistentvolumeclaim "${name}" not found`
      : volumeName !== undefined ? (volumes.has(volumeName) ? undefined : `persistentvolume "${volumeName}" not found`)
        : storageClassName === '' ? 'PersistentVolumeClaim had no pv name and storageClass name'
          : !classes.has(storageClassName) ? `storageclass.storage.k8s.io "${storageClassName}" not found`
            : classes.get(storageClassName)?.volumeBindingMode === 'Immediate' ? 'PersistentVolume had no name' : undefined;
    if (fault !== undefined) return nodes.map(() => `unresolvable: ${fault}`);
    const label = volumes.get(volumeName ?? '')?.metadata.labels?.[ZONE];
    if (label !== undefined) wanted.push(label.split('__'));
  }
  return nodes.map((placed) => { const at = zoneOf(placed); return at !== undefined && wanted.some((zones) => !zones.includes(at)) ? 'unresolvable: node(s) had no available volume zone' : undefined; });
}

function naiveLimits({ nodes, claims, volumes, limits, attached, classes }: Cluster, one: coreV1.Pod): (string | undefined)[] {
  const missing = claimNames(one).find((name) => !claims.has(name));
  if (missing !== undefined) return nodes.map(() => `unresolvable: looking up PVC ns/${missing}: persistentvolumeclaim "${missing}" not found`);
  const handle = (name: string): string | undefined => {
    const spec = claims.get(name)?.spec;
    const found = volumes.get(spec?.volumeName ?? '')?.spec;
    if (found !== undefined) return found.csi?.driver === DRIVER ? found.csi.volumeHandle : undefined;
    const provisioner = classes.get(spec?.storageClassName ?? '')?.provisioner;
    return provisioner === DRIVER ? `to be made for ${name}` : undefined;
  };
  const handlesOf = (each: coreV1.Pod): string[] => claimNames(each).flatMap((name) => handle(name) ?? []);
  return nodes.map(({ node: { metadata: { name } }, pods }) => {
    const used = new Set([...pods.flatMap(handlesOf), ...(attached.get(name) ?? []).flatMap((volumeName) => volumes.get(volumeName)?.spec?.csi?.volumeHandle ?? [])]);
    const added = new Set(handlesOf(one).filter((each) => !pods.flatMap(handlesOf).includes(each)));
    return added.size > 0 && used.size + added.size > (limits.get(name) ?? Infinity) ? 'unschedulable: node(s) exceed max volume count' : undefined;
  });
}

/** The claims that wait, the smallest first: each takes the smallest free volume that reaches the node, and what is left has to be made there. */
function naiveBinding(cluster: Cluster, one: coreV1.Pod): (string | undefined)[] {
  const { nodes, claims, volumes, classes } = cluster;
  const own = claimNames(one);
  const missing = own.find((name) => claims.get(name)?.status?.phase !== 'Pending');
  if (missing !== undefined) return nodes.map(() => `unresolvable: persistentvolumeclaim "${missing}" ${claims.has(missing) ? `bound to non-existent persistentvolume "${claims.get(missing)?.spec?.volumeName ?? ''}"` : 'not found'}`);
  const all = own.map((name) => claims.get(name) as coreV1.PersistentVolumeClaim); // none is missing
  const isBound = ({ spec, metadata }: coreV1.PersistentVolumeClaim): boolean => spec?.volumeName !== undefined && metadata.annotations?.['pv.kubernetes.io/bind-completed'] !== undefined;
  const waits = (each: coreV1.PersistentVolumeClaim): boolean => each.spec?.volumeName === undefined && classes.get(each.spec?.storageClassName ?? '')?.volumeBindingMode === 'WaitForFirstConsumer';
  if (all.some((each) => !isBound(each) && !waits(each))) return nodes.map(() => 'unresolvable: pod has unbound immediate PersistentVolumeClaims');
  return nodes.map((placed) => {
    const reaches = ({ spec }: coreV1.PersistentVolume): boolean => spec?.nodeAffinity === undefined || spec.nodeAffinity.required?.nodeSelectorTerms[0]?.matchExpressions?.[0]?.values?.[0] === zoneOf(placed);
    const reasons: string[] = [];
    const bound = all.filter(isBound).map(({ spec }) => volumes.get(spec?.volumeName ?? ''));
    const firstBad = bound.find((each) => each === undefined || !reaches(each));
    if (bound.includes(firstBad) && firstBad !== undefined) reasons.push("node(s) didn't match PersistentVolume's node affinity");
    const text = naiveDelayed(cluster, placed, all.filter((each) => !isBound(each)), reaches);
    if (text !== undefined) reasons.push(text);
    if (bound.includes(undefined) && firstBad === undefined) reasons.push('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)');
    return reasons.length === 0 ? undefined : `unresolvable: ${reasons.sort().join(', ')}`;
  });
}

function naiveDelayed({ volumes, classes, publishes, capacities }: Cluster, placed: Placed, waiting: readonly coreV1.PersistentVolumeClaim[], reaches: (one: coreV1.PersistentVolume) => boolean): string | undefined {
  const NONE_FREE = "node(s) didn't find available persistent volumes to bind";
  const chosenNode = ({ metadata }: coreV1.PersistentVolumeClaim): string | undefined => metadata.annotations?.[SELECTED];
  const storage = ({ spec }: coreV1.PersistentVolumeClaim): number => gigabytes(spec?.resources?.requests?.['storage']);
  if (waiting.some((each) => (chosenNode(each) ?? placed.node.metadata.name) !== placed.node.metadata.name)) return NONE_FREE;
  const taken = new Set<coreV1.PersistentVolume>();
  const toMake = waiting.filter((each) => chosenNode(each) !== undefined);
  for (const each of waiting.filter((one) => chosenNode(one) === undefined).sort((a, b) => storage(a) - storage(b))) {
    const fitting = [...volumes.values()].filter((pv) => !taken.has(pv) && pv.spec?.storageClassName === each.spec?.storageClassName && gigabytes(pv.spec?.capacity?.['storage']) >= storage(each) && pv.spec?.volumeMode === 'Filesystem');
    const reserved = fitting.find((pv) => pv.spec?.claimRef?.name === each.metadata.name);
    const free = fitting.filter((pv) => pv.spec?.claimRef === undefined && pv.status?.phase === 'Available' && reaches(pv) && (each.spec?.accessModes ?? []).every((mode) => pv.spec?.accessModes?.includes(mode) === true));
    const chosen = reserved === undefined ? free.sort((a, b) => gigabytes(a.spec?.capacity?.['storage']) - gigabytes(b.spec?.capacity?.['storage']))[0] : reaches(reserved) ? reserved : undefined;
    if (chosen === undefined) toMake.push(each);
    else taken.add(chosen);
  }
  for (const each of toMake) {
    const { metadata, provisioner, allowedTopologies } = classes.get(each.spec?.storageClassName ?? '') as storageV1.StorageClass; // it told them to wait
    const allowed = allowedTopologies?.[0]?.matchLabelExpressions?.[0]?.values[0];
    if (provisioner !== DRIVER || (allowed !== undefined && allowed !== zoneOf(placed))) return NONE_FREE;
    const hasRoom = capacities.some((room) => room.storageClassName === metadata.name && gigabytes(room.capacity) >= storage(each) && room.nodeTopology?.matchLabels?.[ZONE] === zoneOf(placed));
    if (publishes && !hasRoom) return 'node(s) did not have enough free storage';
  }
  return undefined;
}

test.each<[string, (cluster: Cluster, pod: coreV1.Pod) => (string | undefined)[]]>([
  ['VolumeRestrictions', naiveRestrictions], ['VolumeZone', naiveZone], ['NodeVolumeLimits', naiveLimits], ['VolumeBinding', naiveBinding],
])('%s', (plugin, naive) => {
  fc.assert(fc.property(clusters, pod, (one, subject) => { expect(verdictsOf(clusterOf(one.nodes, { objects: one.objects }), one.nodes, { plugin, pod: subject })).toEqual(naive(one, subject)); }), { numRuns: RUNS * 2 });
});
