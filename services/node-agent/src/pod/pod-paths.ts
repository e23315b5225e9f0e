import path from 'node:path';
import { type Pod, podUid } from './pod-facts.ts';

/** Where a pod's files lie, as the kubelet lays them out. */
export interface PodPaths {
  pod: string;
  etcHosts: string;
  logs: string;
  volume(plugin: string, name: string): string;
  /** Where the runtime binds a container's termination message from. */
  terminationLog(container: string, attempt: number): string;
}

export function podPaths(pod: Pod, { rootDir, podLogsDir }: { rootDir: string; podLogsDir: string }): PodPaths {
  const dir = podDir(rootDir, podUid(pod));
  return {
    pod: dir,
    etcHosts: path.join(dir, 'etc-hosts'),
    logs: path.join(podLogsDir, `${pod.metadata.namespace ?? ''}_${pod.metadata.name}_${podUid(pod)}`),
    volume: (plugin, name) => path.join(dir, 'volumes', plugin, name),
    terminationLog: (container, attempt) => path.join(dir, 'containers', container, String(attempt)),
  };
}

export function podDir(rootDir: string, uid: string): string { return path.join(rootDir, 'pods', uid); }
