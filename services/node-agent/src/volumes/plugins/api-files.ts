import type { coreV1 } from '@kubernode/api';
import type { Clock } from '@kubernode/base';
import { podUid } from '../../pod/pod-facts.ts';
import { type Payload, writeAtomically } from '../files/atomic-writer.ts';
import { makeNestedMountPoints } from '../files/nested-mount-points.ts';
import type { VolumeInput, VolumePlugin } from '../volume-plugin.ts';
import type { VolumeSpec } from '../volume-spec.ts';
import type { EmptyDirs } from './empty-dir.ts';

export interface ApiFilesDeps { emptyDirs: EmptyDirs; clock: Clock }

export interface ApiFilesKind {
  name: string;
  supports: (spec: VolumeSpec) => boolean;
  /** Where the files lie. What may be secret is kept in memory. */
  medium: 'Memory' | '';
  /** The volume's files as the API has them now. */
  payload: (spec: VolumeSpec, input: VolumeInput) => Promise<Payload> | Payload;
}

/** The plugin of a kind of volumes whose files show what the API has, and follow it. */
export function createApiFilesPlugin(kind: ApiFilesKind, { emptyDirs, clock }: ApiFilesDeps): VolumePlugin {
  const source: coreV1.EmptyDirVolumeSource = { medium: kind.medium };
  return {
    name: kind.name,
    supportsMountOptions: false,
    supports: kind.supports,
    uniqueName: ({ name }, pod) => `${kind.name}/${podUid(pod)}-${name}`,
    requiresRemount: () => true,
    async setUp({ spec, dir, ...input }) {
      const { pod } = input;
      const payload = await kind.payload(spec, input);
      if (!input.isRemount) {
        await emptyDirs.make({ pod, dir, volume: `wrapped_${spec.name}`, source });
        await makeNestedMountPoints(dir, pod, spec.name);
      }
      await writeAtomically(dir, payload, { nowMs: clock.now(), gid: pod.spec?.securityContext?.fsGroup });
      return { hostPath: dir, readOnly: true };
    },
    tearDown: (request) => emptyDirs.remove({ ...request, name: `wrapped_${request.name}` }),
  };
}
