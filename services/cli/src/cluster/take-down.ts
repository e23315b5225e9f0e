import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '@kubernode/base';
import { runProgram } from '@kubernode/component-base';
import { restoreHostNetwork } from '../host/host-network.ts';
import { unmountBelow } from '../host/mounts.ts';
import { removeNodeNamespaces } from '../host/node-namespaces.ts';
import { readPidFile } from '../host/pid-file.ts';
import { findProgram } from '../host/programs.ts';
import { stopProcesses, type NamedProcess } from '../host/stop-processes.ts';
import type { ClusterConfig } from './cluster-config.ts';
import type { Layout } from './layout.ts';
import { removeFromUserKubeconfig } from './prepare-state.ts';
import { advertiseAddress } from './plan-input.ts';
import { removeSandboxes } from './remove-sandboxes.ts';
import { planTakeDown, type TakeDownStep } from './take-down-plan.ts';

export interface TakeDownInput {
  layout: Layout;
  config: ClusterConfig;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  /** Told of each thing that was stopped or removed. */
  report: (what: string) => void;
}

/**
 * Stops and removes everything that `up` made on the host but the state folder. Every step can be done again after a crash.
 * @throws UserError for what cannot be stopped or removed.
 */
export async function takeDown(input: TakeDownInput): Promise<void> {
  const { layout, config, report } = input;
  const steps = planTakeDown({ layout, config, running: runningProcesses(layout), hostAddress: advertiseAddress(config) });
  for (const step of steps) for (const what of await doStep(step, input)) report(what);
}

/** Returns what was stopped or removed that a user may want to know of. */
async function doStep(step: TakeDownStep, { layout, config, env, clock }: TakeDownInput): Promise<readonly string[]> {
  switch (step.kind) {
    case 'stopProcess':
      await stopProcesses([step.process], { patienceMs: step.patienceMs, clock });
      return [`process ${step.process.name} (pid ${step.process.identity.pid})`];
    case 'removePods':
      return (await Promise.all(step.places.map((place) => removeSandboxes({ place, containerd: layout.containerd(place.node), clock, env })))).flat().map((sandbox) => `pod ${sandbox}`);
    case 'deleteLink': return await deleteLink(step.link, env) ? [`network link ${step.link}`] : [];
    case 'removeNamespaces': return removeNodeNamespaces(step);
    case 'restoreHostNetwork': return restoreHostNetwork(step.manifest);
    case 'unmountBelow': return (await unmountBelow(step.folder)).map((mount) => `mount ${mount}`);
    case 'forgetInKubeconfig': removeFromUserKubeconfig(layout, config, env); return [];
    case 'removeFolder': rmSync(step.folder, { recursive: true, force: true }); return [];
  }
}

function runningProcesses(layout: Layout): readonly NamedProcess[] {
  if (!existsSync(layout.runDir)) return [];
  return readdirSync(layout.runDir).filter((file) => file.endsWith('.pid')).flatMap((file) => {
    const name = path.basename(file, '.pid');
    const identity = readPidFile(layout.pidFile(name));
    return identity === undefined ? [] : [{ name, identity }];
  });
}

/** False where there is none. */
async function deleteLink(link: string, env: TakeDownInput['env']): Promise<boolean> {
  return (await runProgram(findProgram('ip', env['PATH']) ?? 'ip', ['link', 'delete', link])).status === 0;
}
