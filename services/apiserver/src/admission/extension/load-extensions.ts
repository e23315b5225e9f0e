import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { decodeYaml } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import type { AdmissionPlugin } from '../admission.ts';
import type { AdmissionExtension, CreateAdmissionExtension } from './admission-extension.ts';
import { deepFreeze } from './deep-freeze.ts';
import { extensionPlugin, type ExtensionServices } from './extension-plugin.ts';

/** One `--admission-extension MODULE[=FILE]`. */
export interface ExtensionSource { readonly module: string; readonly configFile: string | undefined }

export function extensionSource(flag: string): ExtensionSource {
  const at = flag.indexOf('=');
  return at < 0 ? { module: flag, configFile: undefined } : { module: flag.slice(0, at), configFile: flag.slice(at + 1) };
}

/** Loads and makes all extensions, in order. Throws UserError for what cannot be loaded. `isTaken`: names of built-in plugins. */
export async function loadExtensions(sources: readonly ExtensionSource[], { isTaken, ...services }: ExtensionServices & { isTaken(name: string): boolean }): Promise<AdmissionPlugin[]> {
  const plugins: AdmissionPlugin[] = [];
  for (const source of sources) {
    const extension = await load(source, services).catch((error: unknown) => { throw new UserError(`--admission-extension ${source.module}: ${errorMessage(error)}`); });
    if (isTaken(extension.name) || plugins.some(({ name }) => name === extension.name)) throw new UserError(`--admission-extension ${source.module}: there is a plugin ${JSON.stringify(extension.name)} already`);
    services.logger.info('admission extension loaded', { extension: extension.name, module: source.module });
    plugins.push(extensionPlugin(extension, services));
  }
  return plugins;
}

async function load({ module, configFile }: ExtensionSource, { logger }: ExtensionServices): Promise<AdmissionExtension> {
  const configuration = configFile === undefined ? undefined : deepFreeze(decodeYaml(readFileSync(configFile, 'utf8')).value);
  const { default: create } = await import(pathToFileURL(path.resolve(module)).href) as { default?: unknown }; // a module
  if (typeof create !== 'function') throw new Error('the default export has to be a function that makes an AdmissionExtension');
  const extension: unknown = await (create as CreateAdmissionExtension)({ configuration, logger: logger.child({ module }) }); // as far as can be known here
  if (!isExtension(extension)) throw new Error('the default export has to make an object with a name and admit or validate');
  return extension;
}

function isExtension(value: unknown): value is AdmissionExtension {
  const { name, admit, validate } = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>; // fields are judged here
  return typeof name === 'string' && name !== '' && (typeof admit === 'function' || typeof validate === 'function');
}
