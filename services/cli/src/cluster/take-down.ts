import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '@kubernode/base';
import { runProgram } from '@kubernode/component-base';
import { restoreHostNetwork } from '../host/host-network.ts';
import { removeNodeNamespaces } from '../host/node-namespaces.ts';
import { unmountBelow } from '../host/mounts.ts';
import { isRunning, readPidFile, signalProcess, type ProcessIdentity } from '../host/pid-file.ts';
import { findProgram } from '../host/programs.ts';
import type { ClusterConfig } from './cluster-config.ts';
import type { Layout } from './layout.ts';
import { removeFromUserKubeconfig } from './prepare-state.ts';
import { nodeBridge, nodePlaces } from './node-place.ts';
import { advertiseAddress } from './plan-input.ts';
import { bridgeName } from './process-plan.ts';
import { removeSandboxes } from './remove-sandboxes.ts';

export interface TakeDownInput {
  layout: Layout;
  config: ClusterConfig;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  /** Told of each thing that was stopped or removed. */
  report: (what: string) => void;
}

/** The supervisor stops its processes one stage after the other. */
const SUPERVISOR_STOP_MS = 40_000;
const ORPHAN_STOP_MS = 10_000;
const POLL_MS = 50;

/** Stops and removes everything that `up` made on the host but the state folder. Every step can be done again after a crash. */
export async function takeDown(input: TakeDownInput): Promise<void> {
  const { layout, config, env, report } = input;
  await stopProcesses(input);
  const places = nodePlaces(config, advertiseAddress(config));
  const sandboxes = await Promise.all(places.map((place) => removeSandboxes({ place, containerd: layout.containerd(place.node), clock: input.clock, env })));
  for (const sandbox of sandboxes.flat()) report(`pod ${sandbox}`);
  if (config.nodes > 0) {
    await removeLinks(input);
    for (const what of await removeNodeNamespaces({ bridge: nodeBridge(config), places })) report(what);
    for (const what of await restoreHostNetwork(layout.hostManifest)) report(what);
  }
  for (const mount of await unmountBelow(layout.dir)) report(`mount ${mount}`);
  for (let node = 0; node < config.nodes; node++) rmSync(layout.containerd(node).state, { recursive: true, force: true });
  removeFromUserKubeconfig(layout, config, env);
  rmSync(layout.runDir, { recursive: true, force: true });
}

async function stopProcesses({ layout, clock, report }: TakeDownInput): Promise<void> {
  const running = new Map(pidFiles(layout).flatMap((name) => {
    const identity = readPidFile(layout.pidFile(name));
    return identity ? [[name, identity] as const] : [];
  }));
  const supervisor = running.get('supervisor');
  if (supervisor) await stop(supervisor, SUPERVISOR_STOP_MS, clock);
  for (const [name, identity] of running) {
    if (name !== 'supervisor') await stop(identity, ORPHAN_STOP_MS, clock); // one that a killed supervisor left
    report(`process ${name} (pid ${identity.pid})`);
  }
}

async function stop(identity: ProcessIdentity, patienceMs: number, clock: Clock): Promise<void> {
  signalProcess(identity, 'SIGTERM');
  const deadline = clock.monotonicNow() + patienceMs;
  while (isRunning(identity)) {
    if (clock.monotonicNow() > deadline) signalProcess(identity, 'SIGKILL');
    await clock.sleep(POLL_MS);
  }
}

function pidFiles(layout: Layout): string[] {
  if (!existsSync(layout.runDir)) return [];
  return readdirSync(layout.runDir).filter((file) => file.endsWith('.pid')).map((file) => path.basename(file, '.pid'));
}

/** What the host's own node made: its bridge, with its ports, and the overlay beside it. Others' went with their namespaces. */
async function removeLinks({ config, env, report }: TakeDownInput): Promise<void> {
  const ip = findProgram('ip', env['PATH']) ?? 'ip';
  for (const link of [bridgeName(config, 0), `${bridgeName(config, 0)}v`]) {
    const { status } = await runProgram(ip, ['link', 'delete', link]);
    if (status === 0) report(`network link ${link}`);
  }
}
