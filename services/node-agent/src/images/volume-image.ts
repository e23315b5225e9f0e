import type { ImageVolumeDeps } from '../volumes/plugins/image.ts';
import type { ImagePuller } from './image-puller.ts';

/** Has the image of a volume present, as for a container: by its pull policy, the pod's pull secrets and the same back-off. */
export async function ensureVolumeImage(images: Pick<ImagePuller, 'ensure'>, request: Parameters<ImageVolumeDeps['ensureImage']>[0]): Promise<string> {
  const { pod, data, reference, pullPolicy, signal } = request;
  const secrets = (pod.spec?.imagePullSecrets ?? []).flatMap(({ name = '' }) => data.secret(name) ?? []);
  const container = { name: '', image: reference, ...(pullPolicy !== undefined && { imagePullPolicy: pullPolicy }) };
  const { ref } = await images.ensure({ pod, container, secrets, signal: signal ?? new AbortController().signal });
  return ref;
}
