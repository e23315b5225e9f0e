/** Keys by which Kubernetes' tools find a pod's containers in a runtime; `crictl` and log collectors read them. */
export const labelKeys = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
} as const;

export const annotationKeys = {
  containerHash: 'io.kubernetes.container.hash',
  restartCount: 'io.kubernetes.container.restartCount',
  terminationMessagePath: 'io.kubernetes.container.terminationMessagePath',
  terminationMessagePolicy: 'io.kubernetes.container.terminationMessagePolicy',
  podTerminationGracePeriod: 'io.kubernetes.pod.terminationGracePeriod',
  podDeletionGracePeriod: 'io.kubernetes.pod.deletionGracePeriod',
  preStopHandler: 'io.kubernetes.container.preStopHandler',
  containerPorts: 'io.kubernetes.container.ports',
  /** Ours: ms that pass between the container's end and its next start, and of which image and resources they are. */
  restartDelay: 'kubernode.io/container.restartDelay',
  restartDelayOf: 'kubernode.io/container.restartDelayOf',
  configSeen: 'kubernetes.io/config.seen',
  configSource: 'kubernetes.io/config.source',
} as const;
