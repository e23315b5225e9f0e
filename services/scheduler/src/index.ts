/**
 * The scheduler: gives each pod a node. One pod is decided at a time, by pure plugins over the cluster as the watches show it; binding
 * happens beside it, many pods at a time. Same words as kube-scheduler. Non-goals: dynamic resources, extenders.
 */
import { optionTable, parseOptions, type Command } from '@kubernode/component-base';
import { componentOptions, runComponent, type Component, type ComponentOptions } from '@kubernode/controller';
import { SchedulerMetrics } from './app/scheduler-metrics.ts';
import { Scheduler } from './app/scheduler.ts';
import { requestInformers } from './app/watch-cluster.ts';

const options = {
  ...componentOptions({ leaseName: 'kube-scheduler', port: 10259 }),
  ...optionTable({ config: { kind: 'string', help: '', ignored: 'there is one profile, the default one' } }),
};

const command: Command = {
  name: 'scheduler',
  summary: 'Gives each pod a node',
  options,
  async run(context) {
    const given = parseSchedulerOptions(context.args);
    await runComponent(scheduler(), given, context);
    return 0;
  },
};

export function parseSchedulerOptions(args: readonly string[]): ComponentOptions { return parseOptions(options, args).options; }

/** What runs under the lead, for processes that bring their own connection. */
export function scheduler(): Component {
  return {
    name: 'kube-scheduler',
    prepare(runtime) {
      requestInformers(runtime.informers);
      let current: Scheduler | undefined;
      const metrics = new SchedulerMetrics(runtime.registry, () => current?.queue);
      return async (signal) => {
        current = new Scheduler(runtime, metrics);
        await current.run(signal);
      };
    },
  };
}

export const commands: readonly Command[] = [command];
