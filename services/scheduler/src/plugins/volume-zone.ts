import { coreV1Resources, storageV1Resources, type coreV1 } from '@kubernode/api';
import { claimClass } from '@kubernode/volume-matching';
import { differ, onNode, onResource } from '../framework/cluster-event.ts';
import type { Plugin, PluginHandle } from '../framework/plugin.ts';
import { unresolvable, type Verdict } from '../framework/verdict.ts';

type Pod = Readonly<coreV1.Pod>;
type Volume = Readonly<coreV1.PersistentVolume>;

/** A label of a volume, and the values that a node may have there. */
interface VolumeTopology { readonly key: string; readonly values: ReadonlySet<string> }

const KEYS = ['failure-domain.beta.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/region', 'topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];
const PRESENT_NAMES: Readonly<Record<string, string>> = { 'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region' };
const CONFLICT = unresolvable('node(s) had no available volume zone');

/** Keeps pods in the zones of their volumes, where volumes say so by labels. */
export function volumeZone(handle: Pick<PluginHandle, 'lister'>): Plugin {
  const claims = handle.lister(coreV1Resources.persistentvolumeclaims);
  const volumes = handle.lister(coreV1Resources.persistentvolumes);
  const classes = handle.lister(storageV1Resources.storageclasses);
  const topologiesOf = (pod: Pod): VolumeTopology[] | Verdict => {
    const found: VolumeTopology[] = [];
    for (const name of claimNames(pod)) {
      const claim = claims.get(`${pod.metadata.namespace ?? ''}/${name}`);
      if (claim === undefined) return unresolvable(`persistentvolumeclaim "${name}" not found`);
      const volumeName = claim.spec?.volumeName ?? '';
      if (volumeName === '') {
        const className = claimClass(claim);
        if (className === '') return unresolvable('PersistentVolumeClaim had no pv name and storageClass name');
        const storageClass = classes.get(className);
        if (storageClass === undefined) return unresolvable(`storageclass.storage.k8s.io "${className}" not found`);
        if (storageClass.volumeBindingMode === 'WaitForFirstConsumer') continue;
        return unresolvable('PersistentVolume had no name');
      }
      const volume = volumes.get(volumeName);
      if (volume === undefined) return unresolvable(`persistentvolume "${volumeName}" not found`);
      found.push(...volumeTopologies(volume));
    }
    return found;
  };
  return {
    name: 'VolumeZone',
    events: [
      onResource(storageV1Resources.storageclasses, ['Add'], (_pod, { after }) => after?.volumeBindingMode === 'WaitForFirstConsumer'),
      onNode(['Add', 'UpdateNodeLabel']),
      onResource(coreV1Resources.persistentvolumeclaims, ['Add', 'Update'], (pod, { after }) => after !== undefined && after.metadata.namespace === pod.metadata.namespace && claimNames(pod).includes(after.metadata.name)),
      onResource(coreV1Resources.persistentvolumes, ['Add', 'Update'], (_pod, { before, after }) => before === undefined || (after !== undefined && differ(zoneLabels(before), zoneLabels(after)))),
    ],
    prepareFilter({ subject: { pod } }) {
      const topologies = topologiesOf(pod);
      if ('code' in topologies) return topologies;
      if (topologies.length === 0) return undefined;
      return { check: ({ labels }) => (KEYS.some((key) => labels[key] !== undefined) && topologies.some(({ key, values }) => !values.has(labels[key] ?? labels[PRESENT_NAMES[key] ?? key] ?? NOWHERE)) ? CONFLICT : undefined) };
    },
  };
}

/** No label has such a value. */
const NOWHERE = '\0';

function claimNames({ spec }: Pod): string[] { return (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => (persistentVolumeClaim === undefined ? [] : [persistentVolumeClaim.claimName])); }

function zoneLabels({ metadata }: Volume): Record<string, string> { return Object.fromEntries(KEYS.flatMap((key) => { const value = metadata.labels?.[key]; return value === undefined ? [] : [[key, value]]; })); }

/** A label may name several zones; one that is malformed does not count. */
function volumeTopologies(volume: Volume): VolumeTopology[] {
  return Object.entries(zoneLabels(volume)).flatMap(([key, value]) => {
    const values = value.split('__').map((one) => one.trim());
    return values.includes('') ? [] : [{ key, values: new Set(values) }];
  });
}
