/** The image of every pod's sandbox, made by `up`. */
export const pauseImage = 'localhost/kubernode-pause:1';
/** The image of the examples, made by `up` from the host's static busybox. */
export const demoImage = 'localhost/kubernode-demo:1';

/**
 * containerd's configuration for one node's own instance; see containerd's page on the configuration of its CRI plugin. Pods' network namespaces are kept below `state`, not
 * beside those of the host's other clusters, so that what the instance leaves can be told and goes with its folder.
 */
export function renderContainerdConfig({ root, state, socket, opt, cniBinDir, cniConfDir, restrictOomScore }: {
  root: string; state: string; socket: string; opt: string; cniBinDir: string; cniConfDir: string;
  /** Where the host lacks CAP_SYS_RESOURCE, scores below the daemon's own cannot be set. */
  restrictOomScore: boolean;
}): string {
  return `version = 2
root = "${root}"
state = "${state}"

[grpc]
  address = "${socket}"

[plugins."io.containerd.internal.v1.opt"]
  path = "${opt}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  disable_apparmor = true
  restrict_oom_score_adj = ${restrictOomScore}
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  netns_mounts_under_state_dir = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${cniBinDir}"
    conf_dir = "${cniConfDir}"

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
`;
}
