import { readFileSync } from 'node:fs';
import { allContainers, type Pod } from '../pod/pod-facts.ts';
import type { Refusal } from '../pod-workers/pod-end.ts';

/** A pod that counts on AppArmor does not run where the kernel has none. One that runs already is not asked again. */
export function appArmorRefusal(pod: Pod, isEnabled: () => boolean = isAppArmorEnabled): Refusal | undefined {
  const ofPod = pod.spec?.securityContext?.appArmorProfile;
  const wants = allContainers(pod).some(({ securityContext }) => {
    const profile = securityContext?.appArmorProfile ?? ofPod;
    return profile !== undefined && profile.type !== 'Unconfined';
  });
  return wants && !isEnabled() ? { reason: 'AppArmor', message: 'Cannot enforce AppArmor: AppArmor is not enabled on the host' } : undefined;
}

function isAppArmorEnabled(): boolean {
  try { return readFileSync('/sys/module/apparmor/parameters/enabled', 'utf8').startsWith('Y'); } catch { return false; } // a kernel without
}
