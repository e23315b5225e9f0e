import { UserError } from '@kubernode/component-base';
import type { EventRegistration } from '../framework/cluster-event.ts';
import type { Plugin, PluginFactory, PluginHandle } from '../framework/plugin.ts';
import { extensionPoints, takesPart, type ExtensionPoint, type Profile } from '../framework/profile.ts';
import type { PluginObservers } from '../plugins/plugin-observers.ts';
import { ownPlugins } from '../plugins/registry.ts';
import type { EnabledPlugin } from '../plugins/registry.ts';
import type { PluginSet, ProfileConfiguration } from './scheduler-configuration.ts';

export interface MakeProfileOptions {
  handle: PluginHandle;
  /** Plugins from modules, by name. */
  modules: ReadonlyMap<string, PluginFactory>;
  observers?: PluginObservers | undefined;
}

/** Makes the plugins of a profile and puts them in the order of each extension point. */
export function makeProfile(configuration: ProfileConfiguration, { handle, modules, observers = {} }: MakeProfileOptions): Profile {
  const { plugins: sets, pluginArgs, otherArgs } = configuration;
  const names = new Set([sets.multiPoint, ...extensionPoints.map((point) => sets[point])].flatMap(({ enabled }) => enabled.map(({ name }) => name)));
  const made = new Map<string, Plugin>();
  for (const name of names) {
    const own = ownPlugins.get(name);
    const module = modules.get(name);
    if (own !== undefined) made.set(name, own(handle, pluginArgs, observers));
    else if (module !== undefined) made.set(name, module(handle, otherArgs.get(name) ?? {}));
    else throw new UserError(`initializing profiles: creating profile for scheduler name ${configuration.schedulerName}: "${name}" does not exist`);
  }
  const ordered = extensionPoints.map((point) => [point, orderAt(point, { set: sets[point], multiPoint: sets.multiPoint.enabled, made })] as const);
  const plugins = Object.fromEntries(ordered) as Record<ExtensionPoint, Plugin[]>; // all points are there
  checkProfile(plugins, configuration.schedulerName);
  return { schedulerName: configuration.schedulerName, percentageOfNodesToScore: configuration.percentageOfNodesToScore, plugins, weights: weightsOf(sets.multiPoint.enabled, sets.score.enabled), all: [...made.values()] };
}

interface OrderInput { set: PluginSet; multiPoint: readonly EnabledPlugin[]; made: ReadonlyMap<string, Plugin> }

/** First those that the point names although they are in multiPoint, then multiPoint's, then the point's others. */
function orderAt(point: ExtensionPoint, { set, multiPoint, made }: OrderInput): Plugin[] {
  const plugin = ({ name }: EnabledPlugin): Plugin => {
    const one = made.get(name) as Plugin; // all enabled ones were made
    if (!takesPart(one, point)) throw new UserError(`plugin "${name}" does not extend ${point} plugin`);
    return one;
  };
  const own = set.enabled;
  const disabled = new Set(set.disabled.map(({ name }) => name));
  if (disabled.has('*')) return own.map(plugin);
  const inherited = multiPoint.filter(({ name }) => { const one = made.get(name); return one !== undefined && takesPart(one, point) && !disabled.has(name); });
  const overrides = own.filter(({ name }) => inherited.some((one) => one.name === name));
  const rest = own.filter((one) => !overrides.includes(one));
  return [...overrides, ...inherited.filter(({ name }) => !overrides.some((one) => one.name === name)), ...rest].map(plugin);
}

/** A weight given at the point wins over multiPoint's; none is 1. */
function weightsOf(multiPoint: readonly EnabledPlugin[], score: readonly EnabledPlugin[]): Map<string, number> {
  return new Map([...multiPoint, ...score].map(({ name, weight }) => [name, weight === undefined || weight === 0 ? 1 : weight]));
}

function checkProfile(plugins: Readonly<Record<ExtensionPoint, readonly Plugin[]>>, schedulerName: string): void {
  const fault = (what: string): never => { throw new UserError(`initializing profiles: creating profile for scheduler name ${schedulerName}: ${what}`); };
  if (plugins.queueSort.length !== 1) fault(plugins.queueSort.length === 0 ? 'at least one queue sort plugin is needed' : `only one queue sort plugin required for profile with scheduler name "${schedulerName}", but got ${plugins.queueSort.length}`);
  if (plugins.bind.length === 0) fault('at least one bind plugin is needed');
}

/** What each plugin of a profile wants to hear of. */
export function registrationsOf({ all }: Profile): Map<string, readonly EventRegistration[]> {
  return new Map(all.map(({ name, events }) => [name, events ?? [{ resource: '*', actions: ['Add', 'Update', 'Delete'] }]]));
}
