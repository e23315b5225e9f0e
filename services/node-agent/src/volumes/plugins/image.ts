import { mkdir } from 'node:fs/promises';
import { podUid } from '../../pod/pod-facts.ts';
import type { CriRuntime } from '../../cri/cri-runtime.ts';
import { StartError } from '../../runtime/start-error.ts';
import { removeMountPoint } from '../files/remove-mount-point.ts';
import { mountedAt } from '../mount-info.ts';
import type { Mounter } from '../mounter.ts';
import type { ReadyVolume, SetUpRequest, VolumeInput, VolumePlugin } from '../volume-plugin.ts';

export interface ImageVolumeDeps {
  /** Has the image present on the node; resolves to the runtime's name for it. Rejects with StartError. */
  ensureImage: (request: VolumeInput & { reference: string; pullPolicy: string | undefined; signal: AbortSignal | undefined }) => Promise<string>;
  runtime: Pick<CriRuntime, 'viewImage' | 'releaseImage'>;
  mounter: Mounter;
}

/** The files of an image: mounted by the runtime, or here from what the runtime has unpacked where it cannot do that. */
export function createImagePlugin(deps: ImageVolumeDeps): VolumePlugin {
  return {
    name: 'kubernetes.io/image',
    supportsMountOptions: false,
    supports: ({ inline }) => inline?.image !== undefined,
    uniqueName: ({ inline }) => `kubernetes.io/image/${inline?.image?.reference ?? ''}`,
    requiresRemount: () => false,
    async setUp(request) {
      const { spec: { inline }, pod, data, facts, signal } = request;
      const { reference = '', pullPolicy } = inline?.image ?? {};
      try {
        const image = await deps.ensureImage({ pod, data, facts, signal, reference, pullPolicy });
        return await mountHere(deps, request, image) ?? { hostPath: undefined, readOnly: true, image: { image, userSpecifiedImage: reference } };
      } catch (error) {
        if (!(error instanceof StartError)) throw error;
        return { hostPath: undefined, readOnly: true, fault: error }; // shown as what its containers wait for
      }
    },
    async tearDown({ uid, name, dir }) {
      await removeMountPoint(deps.mounter, dir);
      await deps.runtime.releaseImage(keyOf(uid, name));
    },
  };
}

const keyOf = (uid: string, name: string): string => `kubernode-volume-${uid}-${name}`;
/** Nothing is written to an image. That nothing is executed from it holds on the host alone: runtimes set a container's mounts anew. */
const OPTIONS = ['ro', 'noexec', 'nosuid', 'nodev'];

/** Undefined where the runtime does it. */
async function mountHere({ runtime, mounter }: ImageVolumeDeps, { pod, spec, dir }: SetUpRequest, image: string): Promise<ReadyVolume | undefined> {
  const ready = { hostPath: dir, readOnly: true };
  if (mountedAt(await mounter.list(), dir) !== undefined) return ready;
  const mounts = await runtime.viewImage(image, keyOf(podUid(pod), spec.name));
  if (mounts === undefined) return undefined;
  await mkdir(dir, { recursive: true, mode: 0o750 });
  for (const { type, source, options } of mounts) {
    const isBind = type === 'bind';
    await mounter.mount({ source, target: dir, type: isBind ? '' : type, options: [...new Set([...options.map((option) => (option === 'rbind' ? 'bind' : option)), ...OPTIONS])] });
  }
  return ready;
}
