import type { Clock } from '@kubernode/base';
import type { PodEvents } from '../events/pod-events.ts';
import { podUid } from '../pod/pod-facts.ts';
import { changeGroup } from './files/change-group.ts';
import type { SetUpRequest } from './volume-plugin.ts';

/** From then on, and each minute, the pod is told that a volume's files are still being given to its group. */
const FIRST_REPORT_MS = 30_000;
const REPORT_EVERY_MS = 60_000;

/** Gives a volume to its pod's group, where it has one. */
export async function changeVolumeGroup({ events, clock }: { events: PodEvents; clock: Clock }, { pod, signal }: SetUpRequest, { dir, readOnly }: { dir: string; readOnly: boolean }): Promise<void> {
  const { fsGroup, fsGroupChangePolicy } = pod.spec?.securityContext ?? {};
  if (fsGroup === undefined) return;
  const shown = dir.slice(Math.max(0, dir.indexOf(podUid(pod))));
  const report = (message: string): void => { events.warning(pod, 'VolumePermissionChangeInProgress', message); };
  let files = 0;
  let timer = clock.after(FIRST_REPORT_MS, () => {
    report(`Setting volume ownership for ${shown} is taking longer than expected, consider using OnRootMismatch - https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#configure-volume-permission-and-ownership-change-policy-for-pods`);
    again();
  });
  const again = (): void => {
    timer = clock.after(REPORT_EVERY_MS, () => { report(`Setting volume ownership for ${shown}, processed ${files} files.`); again(); });
  };
  try {
    await changeGroup(dir, { gid: fsGroup, readOnly, policy: fsGroupChangePolicy, signal, onFile: () => { files++; } });
  } finally { timer[Symbol.dispose](); }
}
