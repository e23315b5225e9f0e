import { formatFieldErrors, internalErrorWithoutReason, notSupported } from '@kubernode/apimachinery';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import { refusal } from './refusal.ts';
import { containersOf, type Pod, writtenPod, type WrittenPod } from './written-pod.ts';

/** Every start of a container asks its registry, so that nobody uses a private image that another's pod left on the node. */
export const alwaysPullImages: AdmissionPlugin = {
  name: 'AlwaysPullImages',
  admit(attributes) {
    const pod = judgedPod(attributes);
    if (pod === undefined) return;
    for (const { container } of containersOf(pod)) container.imagePullPolicy = 'Always';
    for (const { image } of pod.spec.volumes ?? []) if (image !== undefined) image.pullPolicy = 'Always';
  },
  validate(attributes) {
    const pod = judgedPod(attributes);
    if (pod === undefined) return;
    const policies = [
      ...containersOf(pod).map(({ container, path }) => ({ path: `${path}.imagePullPolicy`, policy: container.imagePullPolicy })),
      ...(pod.spec.volumes ?? []).flatMap(({ image }, index) => (image === undefined ? [] : [{ path: `spec.volumes[${index}].image.pullPolicy`, policy: image.pullPolicy }])),
    ];
    const faults = policies.filter(({ policy }) => policy !== 'Always').map(({ path, policy }) => refusal(attributes, formatFieldErrors([notSupported(path, policy ?? '', ['Always'])])).message);
    if (faults.length > 0) throw internalErrorWithoutReason(faults.length === 1 ? faults.join() : `[${faults.join(', ')}]`);
  },
};

/** Updates count only when they bring a new image. */
function judgedPod(attributes: AdmissionAttributes): WrittenPod | undefined {
  const pod = writtenPod(attributes);
  if (pod === undefined || attributes.operation !== 'UPDATE') return pod;
  const before = new Set(containersOf(attributes.oldObject as Pod).map(({ container }) => container.image)); // a pod, too
  return containersOf(pod).every(({ container }) => before.has(container.image)) ? undefined : pod;
}
