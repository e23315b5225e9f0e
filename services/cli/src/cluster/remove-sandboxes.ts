import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isReady } from '../supervisor/ready-probe.ts';
import type { Clock } from '@kubernode/base';
import { openCriChannel } from '@kubernode/rpc';
import { findProgram } from '../host/programs.ts';
import type { Layout } from './layout.ts';
import { inNamespace, type NodePlace } from './node-place.ts';

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

/**
 * Stops and removes all pods that a node's containerd has, whoever runs it no longer: containers outlive their daemon. Starts the daemon for
 * that time. Returns `NAMESPACE/NAME` of each.
 */
export async function removeSandboxes({ place, containerd, clock, env }: { place: NodePlace; containerd: ReturnType<Layout['containerd']>; clock: Clock; env: Readonly<Record<string, string | undefined>> }): Promise<readonly string[]> {
  const program = findProgram('containerd', env['PATH']);
  if (program === undefined || !existsSync(containerd.root)) return [];
  const gone = place.namespace !== undefined && !existsSync(`/run/netns/${place.namespace.name}`); // with the host's last start: its links went too
  const { command, args } = gone ? { command: program, args: ['--config', containerd.config] } : inNamespace(place, program, ['--config', containerd.config]);
  const daemon = spawn(command, args, { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => { daemon.once('exit', () => resolve()); daemon.once('error', () => resolve()); });
  try {
    const deadline = clock.monotonicNow() + START_TIMEOUT_MS;
    while (!await isReady({ kind: 'socket', path: containerd.socket })) {
      if (clock.monotonicNow() > deadline || daemon.exitCode !== null) return [];
      await clock.sleep(POLL_MS);
    }
    return await removeAll(containerd.socket, clock);
  } finally {
    daemon.kill('SIGTERM');
    await ended;
  }
}

async function removeAll(socket: string, clock: Clock): Promise<readonly string[]> {
  const cri = openCriChannel(socket, { clock });
  try {
    const items = (await cri.call('ListPodSandbox', {})).items ?? [];
    for (const { id } of items) {
      const podSandboxId = id ?? '';
      await cri.call('StopPodSandbox', { podSandboxId });
      await cri.call('RemovePodSandbox', { podSandboxId });
    }
    return items.map(({ metadata }) => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`);
  } finally { cri.close(); }
}
