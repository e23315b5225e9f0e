import type { coreV1 } from '@kubernode/api';
import type { ContainerDetail, SandboxDetail } from '../cri/cri-runtime.ts';
import type { Pod } from '../pod/pod-facts.ts';

/** Plain pods and runtime states for tests. */
export function aPod(spec: Partial<coreV1.PodSpec> = {}, extra: { metadata?: Partial<coreV1.Pod['metadata']>; status?: coreV1.PodStatus } = {}): Pod {
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'u', generation: 1, ...extra.metadata },
    spec: { containers: [{ name: 'c', image: 'i' }], nodeName: 'n1', ...spec }, ...(extra.status && { status: extra.status }),
  };
}

export function aSandbox(extra: Partial<SandboxDetail> = {}): SandboxDetail {
  return { id: 'sb', podUid: 'u', podName: 'p', podNamespace: 'ns', attempt: 0, ready: true, createdAtMs: 1000, ips: ['10.0.0.5'], hostNetwork: false, ...extra };
}

export function aContainer(extra: Partial<ContainerDetail> = {}): ContainerDetail {
  return {
    id: `id-${extra.name ?? 'c'}`, sandboxId: 'sb', podUid: 'u', name: 'c', phase: 'running', attempt: 0, createdAtMs: 2000, hash: '', startedAtMs: 3000, finishedAtMs: 4000, exitCode: 0,
    reason: extra.phase === 'exited' ? (extra.exitCode === undefined || extra.exitCode === 0 ? 'Completed' : 'Error') : '', message: '', image: 'i', imageRef: 'sha256:1', logPath: '/l', labels: {}, annotations: {}, mounts: new Map(), resources: undefined, user: undefined, stopSignal: undefined, ...extra,
  };
}
