import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from '@kubernode/base';
import { openCriChannel } from '@kubernode/rpc';
import { removeCgroup } from '../src/cgroups/hierarchies.ts';
import { busyboxImage, pauseImage } from './busybox-image.ts';
import { DEMO_IMAGE, PAUSE_IMAGE } from './images.ts';

/** Control groups that tests put their pods below, deepest first. */
const TEST_CGROUPS = ['kntest/kubepods/besteffort', 'kntest/kubepods/burstable', 'kntest/kubepods', 'kntest', 'kncontract'];

export interface TestContainerd { dir: string; socket: string; cniConfDir: string; stop(): Promise<void>; kill(): Promise<void>; start(): Promise<void> }

/** A containerd of the test's own, with the demo and pause images in it. */
export async function startContainerd(dir: string): Promise<TestContainerd> {
  unmountBelow(dir);
  rmSync(dir, { recursive: true, force: true });
  const cniConfDir = path.join(dir, 'cni');
  const socket = path.join(dir, 'c.sock');
  mkdirSync(cniConfDir, { recursive: true });
  writeFileSync(path.join(dir, 'config.toml'), config({ dir, socket, cniConfDir }));
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = spawn('containerd', ['-c', path.join(dir, 'config.toml')], { stdio: 'ignore' });
    await answering(socket);
  };
  const end = (signal: NodeJS.Signals) => new Promise<void>((resolve) => {
    if (child === undefined || child.exitCode !== null) { resolve(); return; }
    child.once('exit', () => resolve());
    child.kill(signal);
  });
  await start();
  for (const [name, archive] of [['demo', busyboxImage({ name: DEMO_IMAGE, config: { Cmd: ['sh'] } })], ['pause', pauseImage(PAUSE_IMAGE)]] as const) {
    const file = path.join(dir, `${name}.tar`);
    writeFileSync(file, archive);
    execFileSync('ctr', ['-a', socket, '-n', 'k8s.io', 'images', 'import', file], { stdio: 'ignore' });
  }
  return {
    dir, socket, cniConfDir, start,
    kill: () => end('SIGKILL'),
    async stop() {
      await removeSandboxes(socket);
      await end('SIGTERM');
      rmSync(dir, { recursive: true, force: true });
      for (const group of TEST_CGROUPS) await removeCgroup(group);
    },
  };
}

/** Ends what a test left running, so that no shim or mount outlives it. Resolves to how many sandboxes there were. */
export async function removeSandboxes(socket: string): Promise<number> {
  const channel = openCriChannel(socket, { clock: systemClock });
  try {
    const { items } = await channel.call('ListPodSandbox', {});
    for (const { id } of items ?? []) {
      await channel.call('StopPodSandbox', { podSandboxId: id ?? '' });
      await channel.call('RemovePodSandbox', { podSandboxId: id ?? '' });
    }
    return (items ?? []).length;
  } finally {
    channel.close();
  }
}

async function answering(socket: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const channel = openCriChannel(socket, { clock: systemClock });
    try { await channel.call('Version', {}, { timeoutMs: 1000 }); return; } catch { await systemClock.sleep(50); } finally { channel.close(); }
  }
  throw new Error('containerd does not answer');
}

function config({ dir, socket, cniConfDir }: { dir: string; socket: string; cniConfDir: string }): string {
  return `version = 2
root = "${dir}/root"
state = "${dir}/state"
[grpc]
  address = "${socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${dir}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  disable_apparmor = true
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
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

/** What an earlier run that was killed left mounted. */
function unmountBelow(dir: string): void {
  const points = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').flatMap((line) => line.split(' ')[4] ?? []).filter((point) => point.startsWith(`${dir}/`));
  for (const point of points.reverse()) execFileSync('umount', ['-l', point]);
}
