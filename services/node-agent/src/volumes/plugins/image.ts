import { StartError } from '../../runtime/start-error.ts';
import type { VolumeInput, VolumePlugin } from '../volume-plugin.ts';

export interface ImageVolumeDeps {
  /** Has the image present on the node; resolves to the runtime's name for it. Rejects with StartError. */
  ensureImage: (request: VolumeInput & { reference: string; pullPolicy: string | undefined; signal: AbortSignal | undefined }) => Promise<string>;
}

/** The files of an image, which the runtime mounts. */
export function createImagePlugin({ ensureImage }: ImageVolumeDeps): VolumePlugin {
  return {
    name: 'kubernetes.io/image',
    supportsMountOptions: false,
    supports: ({ inline }) => inline?.image !== undefined,
    uniqueName: ({ inline }) => `kubernetes.io/image/${inline?.image?.reference ?? ''}`,
    requiresRemount: () => false,
    async setUp({ spec: { inline }, ...request }) {
      const { reference = '', pullPolicy } = inline?.image ?? {};
      try {
        const image = await ensureImage({ ...request, reference, pullPolicy });
        return { hostPath: undefined, readOnly: true, image: { image, userSpecifiedImage: reference } };
      } catch (error) {
        if (!(error instanceof StartError)) throw error;
        return { hostPath: undefined, readOnly: true, fault: error }; // shown as what its containers wait for
      }
    },
    tearDown: () => Promise.resolve(),
  };
}
