/**
 * The controllers: loops that make the cluster what its objects say. Each is a file or folder of pure decisions over snapshots; the
 * shell that watches and acts is packages/controller. Same words (conditions, reasons, events, names) as kube-controller-manager.
 */
import type { Command } from '@kubernode/component-base';
import { prepareControllers, runComponent, runControllers, type Component } from '@kubernode/controller';
import { TaskGroup } from '@kubernode/base';
import { chooseControllers } from './app/controller-table.ts';
import { runningControllers } from './app/running-controllers.ts';
import { STATE_METRICS_PATH, stateMetrics } from './state-metrics/state-metrics.ts';
import { managerOptions, parseManagerOptions, type ManagerOptions } from './app/options.ts';

const command: Command = {
  name: 'controller-manager',
  summary: 'Runs the controllers',
  options: managerOptions,
  async run(context) {
    const options = parseManagerOptions(context.args);
    await runComponent(controllerManager(options), options, context);
    return 0;
  },
};

/** What runs under the lead, for processes that bring their own connection. */
export function controllerManager(options: ManagerOptions): Component {
  return {
    name: 'kube-controller-manager',
    prepare(runtime) {
      const prepared = chooseControllers(options, runtime);
      prepareControllers(prepared.controllers, runtime);
      for (const { reads = [] } of prepared.runners) for (const resource of reads) runtime.informers.informer(resource);
      const running = runningControllers(runtime, prepared.names);
      const state = options['state-metrics'] ? stateMetrics(runtime.informers) : undefined;
      if (state !== undefined) runtime.pages.set(STATE_METRICS_PATH, state.page);
      return async (signal) => {
        const { controllers, runners } = chooseControllers(options, runtime); // anew for each term: what they remember may be out of date
        using _shown = running();
        using _told = state?.lead();
        const group = new TaskGroup(signal);
        group.spawn((inner) => runControllers(controllers, runtime, inner));
        for (const { run } of runners) group.spawn((inner) => run(runtime, inner));
        await group.done();
      };
    },
  };
}

export { parseManagerOptions, type ManagerOptions } from './app/options.ts';
export const commands: readonly Command[] = [command];
