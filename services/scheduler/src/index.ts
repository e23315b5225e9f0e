/**
 * The scheduler: gives each pod a node. One pod is decided at a time, by pure plugins over the cluster as the watches show it; binding
 * happens beside it, many pods at a time. Same configuration, words and metrics as kube-scheduler; plugins of one's own come from modules.
 * Non-goals: scheduling groups of pods at once.
 */
import { optionTable, parseOptions, type Command } from '@kubernode/component-base';
import { componentOptions, runComponent, type Component, type ComponentOptions } from '@kubernode/controller';
import { SchedulerMetrics } from './app/scheduler-metrics.ts';
import { Scheduler, type SchedulerOptions } from './app/scheduler.ts';
import { defaultConfiguration } from './config/scheduler-configuration.ts';

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
export function scheduler({ configuration = defaultConfiguration, modules = new Map(), extenders }: Partial<Pick<SchedulerOptions, 'configuration' | 'modules' | 'extenders'>> = {}): Component {
  return {
    name: 'kube-scheduler',
    prepare(runtime) {
      let current: Scheduler | undefined;
      const metrics = new SchedulerMetrics(runtime.registry, { queue: () => current?.queue, cache: () => current?.cache });
      const create = (): Scheduler => new Scheduler({ runtime, metrics, configuration, modules, extenders });
      let next: Scheduler | undefined = create(); // asks for its informers, so that they fill before the lead is won
      return async (signal) => {
        current = next ?? create();
        next = undefined;
        await current.run(signal);
      };
    },
  };
}

export const commands: readonly Command[] = [command];
