import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { errorMessage } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import { extensionPoints, takesPart } from '../framework/profile.ts';
import type { Plugin, PluginFactory } from '../framework/plugin.ts';
import { ownPlugins } from '../plugins/registry.ts';

/** What a module of plugins exports by default: factories by the names under which configurations enable them. */
export type PluginModule = Readonly<Record<string, PluginFactory>>;

/** Loads the modules of all `--plugins` flags. Throws UserError for what cannot be loaded, or would take another plugin's name. */
export async function loadPlugins(modules: readonly string[]): Promise<ReadonlyMap<string, PluginFactory>> {
  const factories = new Map<string, PluginFactory>();
  for (const module of modules) {
    const loaded = await load(module).catch((error: unknown) => { throw new UserError(`--plugins ${module}: ${errorMessage(error)}`); });
    for (const [name, factory] of Object.entries(loaded)) {
      if (ownPlugins.has(name) || factories.has(name)) throw new UserError(`--plugins ${module}: there is a plugin ${JSON.stringify(name)} already`);
      factories.set(name, checked(name, factory));
    }
  }
  return factories;
}

async function load(module: string): Promise<PluginModule> {
  const { default: factories } = await import(pathToFileURL(path.resolve(module)).href) as { default?: unknown }; // a module
  if (typeof factories !== 'object' || factories === null || Object.values(factories).some((one) => typeof one !== 'function')) throw new Error('the default export has to be an object of functions that make plugins, by their names');
  return factories as PluginModule; // as far as can be known here
}

/** A plugin that goes by another name, or does nothing anywhere, is a mistake. */
function checked(name: string, factory: PluginFactory): PluginFactory {
  return (handle, args) => {
    let plugin: Plugin;
    try { plugin = factory(handle, args); } catch (error) { throw new UserError(`plugin ${name}: ${errorMessage(error)}`); }
    if (plugin.name !== name) throw new UserError(`plugin ${name} calls itself ${JSON.stringify(plugin.name)}`);
    if (!extensionPoints.some((point) => takesPart(plugin, point))) throw new UserError(`plugin ${name} takes part in no extension point`);
    return plugin;
  };
}
