import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isReady } from '../supervisor/ready-probe.ts';
import { errorMessage, type Clock } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import { openCriChannel, type cri, type CriChannel } from '@kubernode/rpc';
import { identify } from '../host/pid-file.ts';
import { findProgram } from '../host/programs.ts';
import { stopProcesses } from '../host/stop-processes.ts';
import type { Layout } from './layout.ts';
import { inNamespace, type NodePlace } from './node-place.ts';

/** With a hundred pods from before it takes containerd seconds to take them up. */
const START_TIMEOUT_MS = 60_000;
/** From SIGTERM to SIGKILL. */
const STOP_MS = 10_000;
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
  const identity = daemon.pid === undefined ? undefined : identify(daemon.pid);
  const ended = new Promise<void>((resolve) => { daemon.once('exit', () => resolve()); daemon.once('error', () => resolve()); });
  try {
    const deadline = clock.monotonicNow() + START_TIMEOUT_MS;
    while (!await isReady({ kind: 'socket', path: containerd.socket })) {
      if (clock.monotonicNow() > deadline || daemon.exitCode !== null) return [];
      await clock.sleep(POLL_MS);
    }
    return await removeAll(containerd.socket, { clock, deadlineMs: deadline });
  } finally {
    if (identity !== undefined) await stopProcesses([{ name: `containerd-${place.node}`, identity }], { patienceMs: STOP_MS, clock });
    await ended;
  }
}

interface Patience { clock: Clock; deadlineMs: number }

async function removeAll(socket: string, patience: Patience): Promise<readonly string[]> {
  const channel = openCriChannel(socket, patience);
  try {
    const items = await listSandboxes(channel, patience);
    for (const { id } of items) {
      const podSandboxId = id ?? '';
      await channel.call('StopPodSandbox', { podSandboxId });
      await channel.call('RemovePodSandbox', { podSandboxId });
    }
    return items.map(({ metadata }) => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`);
  } finally { channel.close(); }
}

/** The daemon's socket is there before its plugins are: until then it refuses every call. */
async function listSandboxes(channel: CriChannel, { clock, deadlineMs }: Patience): Promise<readonly cri.PodSandbox[]> {
  for (;;) {
    try { return (await channel.call('ListPodSandbox', {})).items ?? []; } catch (error) {
      if (clock.monotonicNow() > deadlineMs) throw new UserError(`containerd does not tell its pods: ${errorMessage(error)}`);
      await clock.sleep(POLL_MS);
    }
  }
}
