/**
 * The scheduler: gives each pod a node. One pod is decided at a time, by pure plugins over the cluster as the watches show it; binding
 * happens beside it, many pods at a time. Same configuration, words and metrics as kube-scheduler; plugins of one's own come from modules.
 * Non-goals: scheduling groups of pods at once.
 */
import { optionTable, parseOptions, type Command } from '@kubernode/component-base';
import { componentOptions, runComponent, type Component, type ComponentOptions } from '@kubernode/controller';
import { applyComponentConfiguration } from './app/apply-component-configuration.ts';
import { loadPlugins } from './app/load-plugins.ts';
import { SchedulerMetrics } from './app/scheduler-metrics.ts';
import { Scheduler, type SchedulerOptions } from './app/scheduler.ts';
import { loadConfiguration } from './config/load-configuration.ts';
import { defaultConfiguration } from './config/scheduler-configuration.ts';
import { Extenders } from './extender/extenders.ts';
import { HttpExtender } from './extender/http-extender.ts';
import { jsonPoster } from './extender/post-json.ts';

export type { AffinityTerm, PodAffinity, WeightedTerm } from './cache/affinity-terms.ts';
export type { NodeTable, NodeView } from './cache/node-table.ts';
export type { PodQuery } from './cache/pod-counts.ts';
export type { PodInfo } from './cache/pod-info.ts';
export { clusterEvent, onNode, onPod, onResource, type Change, type EventAction, type EventRegistration, type QueueingHint } from './framework/cluster-event.ts';
export type { Cycle, DryRun, NodeFilter, NodeScorer, Permit, Plugin, PluginFactory, PluginHandle, PostFilterOutcome, Refusals, WaitingPods } from './framework/plugin.ts';
export type { QueuedPod } from './framework/queued-pod.ts';
export type { Refused, Verdict, VerdictCode } from './framework/verdict.ts';
export { loadConfiguration } from './config/load-configuration.ts';
export type { PluginModule } from './app/load-plugins.ts';
export { judgePlacement, placementResources, type JudgePlacementOptions, type Objection, type PlacementJudgement } from './explain/judge-placement.ts';

const options = {
  ...componentOptions({ leaseName: 'kube-scheduler', port: 10259 }),
  ...optionTable({
    config: { kind: 'string', help: 'A KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1): profiles, plugins, extenders', placeholder: 'FILE' },
    plugins: { kind: 'list', whole: true, default: [], help: 'An ES module with plugins, which profiles then enable by name (docs/scheduler-plugins.md); may be given again', placeholder: 'MODULE' },
  }),
};

const command: Command = {
  name: 'scheduler',
  summary: 'Gives each pod a node',
  options,
  async run(context) {
    const given = parseSchedulerOptions(context.args);
    const configuration = given.config === undefined ? defaultConfiguration : loadConfiguration(given.config);
    await runComponent(scheduler({ configuration, modules: await loadPlugins(given.plugins) }), applyComponentConfiguration(given, context.args, configuration), context);
    return 0;
  },
};

export type SchedulerFlags = ComponentOptions & { readonly config: string | undefined; readonly plugins: readonly string[] };

export function parseSchedulerOptions(args: readonly string[]): SchedulerFlags { return parseOptions(options, args).options; }

/** What runs under the lead, for processes that bring their own connection. */
export function scheduler({ configuration = defaultConfiguration, modules = new Map() }: Partial<Pick<SchedulerOptions, 'configuration' | 'modules'>> = {}): Component {
  return {
    name: 'kube-scheduler',
    prepare(runtime) {
      let current: Scheduler | undefined;
      const metrics = new SchedulerMetrics(runtime.registry, runtime.clock, { queue: () => current?.queue, cache: () => current?.cache, binding: () => current?.binding ?? 0 });
      const extenders = configuration.extenders.length === 0 ? undefined : new Extenders(configuration.extenders.map((one) => new HttpExtender(one, jsonPoster(one, runtime.clock))), runtime.logger);
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
