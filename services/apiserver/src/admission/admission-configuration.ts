import { readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeYaml, isJsonObject } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import { readConfigDocument } from '../authn/config-document.ts';

/** The configuration of a plugin as text, YAML or JSON; undefined where it has none. */
export type ConfigurationOf = (plugin: string) => string | undefined;

/** Plugins whose configuration is of no version, so that a file may be theirs alone, from times before AdmissionConfiguration. */
const UNVERSIONED: ReadonlyMap<string, string> = new Map([['imagePolicy', 'ImagePolicyWebhook'], ['podNodeSelectorPluginConfig', 'PodNodeSelector']]);
const SHAPE = { plugins: [{ name: true, path: true, configuration: true }] } as const;

/**
 * --admission-control-config-file: an AdmissionConfiguration that holds or names the configuration of each plugin. Relative paths are those
 * beside it. Throws UserError for what cannot be read.
 */
export function readAdmissionConfiguration(file: string | undefined): ConfigurationOf {
  if (file === undefined) return () => undefined;
  const text = read(file, (why) => `unable to read admission control configuration from ${JSON.stringify(file)} [${why}]`);
  const legacy = legacyPlugin(text);
  if (legacy !== undefined) return (plugin) => (plugin === legacy ? text : undefined);
  const plugins = pluginsOf(text, file);
  return (name) => {
    const found = plugins.find((plugin) => plugin.name === name);
    if (found?.configuration !== undefined && found.configuration !== null) return JSON.stringify(found.configuration);
    if (!found?.path) return undefined;
    return read(path.resolve(path.dirname(file), found.path), (why) => `Couldn't open admission plugin configuration ${found.path}: ${why}`);
  };
}

interface PluginEntry { name?: string; path?: string; configuration?: unknown }

function pluginsOf(text: string, file: string): readonly PluginEntry[] {
  try {
    const { plugins } = readConfigDocument(text, { kind: 'AdmissionConfiguration', versions: ['v1'], shape: SHAPE });
    return (plugins ?? []) as PluginEntry[]; // by the shape
  } catch (error) {
    throw new UserError(`${file}: ${errorMessage(error)}`);
  }
}

function legacyPlugin(text: string): string | undefined {
  const { value } = decodeYaml(text);
  if (!isJsonObject(value) || value['kind'] !== undefined) return undefined;
  return [...UNVERSIONED].find(([field]) => Object.hasOwn(value, field))?.[1];
}

function read(file: string, explain: (why: string) => string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(explain(errorMessage(error)));
  }
}
