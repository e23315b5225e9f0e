import path from 'node:path';

/** Where everything of one cluster lives below its state folder. */
export interface Layout {
  dir: string;
  configFile: string;
  pki: (name: string) => string;
  adminKubeconfig: string;
  runDir: string;
  pidFile: (process: string) => string;
  /** What the supervisor knows of its processes, for `status`. */
  supervisorStatus: string;
  /** While this file is there, the supervisor does not start the process again. */
  holdFile: (process: string) => string;
  logsDir: string;
  log: (process: string) => string;
  etcdData: (member: number) => string;
  haproxyConfig: string;
  containerd: (node: number) => { config: string; root: string; state: string; socket: string; opt: string };
  cniConfDir: (node: number) => string;
  cniData: (node: number) => string;
  kubeletRoot: (node: number) => string;
  podLogs: (node: number) => string;
  /** What volumes of the local-path provisioner store; kept by `down`. */
  volumesDir: string;
  imagesDir: string;
  /** Archives; kept by `down`. */
  backupsDir: string;
  /** What the host had before `up`, so that `down` removes what is ours alone. */
  hostManifest: string;
}

export function layoutOf(dir: string): Layout {
  const below = (...parts: string[]): string => path.join(dir, ...parts);
  return {
    dir,
    configFile: below('cluster.json'),
    pki: (name) => below('pki', name),
    adminKubeconfig: below('admin.kubeconfig'),
    runDir: below('run'),
    pidFile: (process) => below('run', `${process}.pid`),
    supervisorStatus: below('run', 'supervisor.json'),
    holdFile: (process) => below('run', `${process}.hold`),
    logsDir: below('logs'),
    log: (process) => below('logs', `${process}.log`),
    etcdData: (member) => below('etcd', String(member)),
    haproxyConfig: below('haproxy.cfg'),
    containerd: (node) => ({
      config: below('nodes', String(node), 'containerd.toml'), root: below('nodes', String(node), 'containerd'), state: below('nodes', String(node), 'run'),
      socket: below('nodes', String(node), 'containerd.sock'), opt: below('nodes', String(node), 'opt'),
    }),
    cniConfDir: (node) => below('nodes', String(node), 'cni'),
    cniData: (node) => below('nodes', String(node), 'cni-data'),
    podLogs: (node) => below('nodes', String(node), 'pod-logs'),
    kubeletRoot: (node) => below('nodes', String(node), 'kubelet'),
    volumesDir: below('volumes'),
    imagesDir: below('images'),
    backupsDir: below('backups'),
    hostManifest: below('run', 'host-before.json'),
  };
}
