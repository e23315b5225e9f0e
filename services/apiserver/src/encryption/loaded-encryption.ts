import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { formatGroupResource, type GroupResource } from '@kubernode/apimachinery';
import { errorMessage, TaskGroup } from '@kubernode/base';
import { aggregateError, PrefixTransformer, type TransformerSource, type ValueTransformer } from '@kubernode/storage';
import { parseEncryptionConfig } from './encryption-config.ts';
import { createProvider, type KmsPlugin, type Provider, type ProviderDependencies } from './providers.ts';
import { collectRules, rulesFor } from './resource-rules.ts';

export interface EncryptionFile { text: string; hash: string }

/** Reads the configuration's file. @throws Error in Kubernetes' words. */
export async function readEncryptionFile(file: string): Promise<EncryptionFile> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => { throw new Error(`error reading encryption provider configuration file ${JSON.stringify(file)}: ${fileFault(cause, file)}`, { cause }); });
  if (text === '') throw new Error(`encryption provider configuration file ${JSON.stringify(file)} is empty`);
  return { text, hash: `sha256:${createHash('sha256').update(text).digest('hex')}` };
}

/** One version of the configuration in use: transformers by resource, and the plugins behind them. */
export class LoadedEncryption implements TransformerSource {
  readonly hash: string;
  readonly #rules: ReadonlyMap<string, readonly Provider[]>;
  readonly #plugins: readonly KmsPlugin[];
  readonly #dependencies: ProviderDependencies;
  /** By resource; null for one that no rule is for. */
  readonly #transformers = new Map<string, ValueTransformer | null>();
  readonly #tasks = new TaskGroup();

  /** `mayReload`: the file may change while the server runs. @throws Error in Kubernetes' words. */
  constructor({ text, hash }: EncryptionFile, { file, mayReload, ...dependencies }: ProviderDependencies & { file: string; mayReload: boolean }) {
    this.hash = hash;
    this.#dependencies = dependencies;
    const plugins: KmsPlugin[] = [];
    this.#plugins = plugins;
    const { resources } = told('error while parsing file', () => parseEncryptionConfig(text, file, mayReload));
    try {
      this.#rules = told('error while building transformers', () => collectRules(resources.map((entry) => ({ resources: entry.resources, values: entry.providers.map((provider) => createProvider(provider, plugins, dependencies)) }))));
    } catch (error) {
      for (const { service } of plugins) service.close();
      throw error;
    }
  }

  get hasPlugins(): boolean { return this.#plugins.length > 0; }
  /** After this long nobody waits for a plugin of this version any more. */
  get graceMs(): number { return 2 * this.#plugins.reduce((sum, { timeoutMs }) => sum + timeoutMs, 0); }

  transformerFor(resource: GroupResource): ValueTransformer | undefined {
    const key = formatGroupResource(resource);
    let transformer = this.#transformers.get(key);
    if (transformer === undefined) this.#transformers.set(key, transformer = this.#make(resource));
    return transformer ?? undefined;
  }

  /** Asks the plugins for their keys, and goes on asking until `close`. That one is not well now is no fault: it may come up later. */
  async start(): Promise<void> {
    await Promise.all(this.#plugins.map(({ provider }) => provider.check().catch(() => undefined))); // told by health checks, and logged by run
    for (const { provider } of this.#plugins) this.#tasks.spawn((signal) => provider.run(signal));
  }

  /** Rejects with what is wrong with the plugins. */
  async check(): Promise<void> {
    const faults = await Promise.all(this.#plugins.map(({ provider }, index) => provider.check().then(() => undefined, (cause: unknown) => new Error(`kms-provider-${index}: ${errorMessage(cause)}`, { cause }))));
    const errors = faults.filter((fault) => fault !== undefined);
    if (errors.length > 0) throw aggregateError(errors);
  }

  async close(): Promise<void> {
    this.#tasks.stop();
    for (const { service } of this.#plugins) service.close();
    await this.#tasks.done();
  }

  #make(resource: GroupResource): ValueTransformer | null {
    const providers = rulesFor(resource).map((rule) => this.#rules.get(rule)).find((found) => found !== undefined);
    if (providers === undefined) return null;
    const { clock, metrics } = this.#dependencies;
    const observe = metrics.transformationsOf(resource);
    return new PrefixTransformer({ candidates: providers.map((provider) => provider(observe)), noMatch: 'no matching prefix found', observe, monotonicNow: () => clock.monotonicNow() });
  }
}

function told<T>(doing: string, act: () => T): T {
  try { return act(); } catch (cause) { throw new Error(`${doing}: ${errorMessage(cause)}`, { cause }); }
}

function fileFault(error: unknown, file: string): string {
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? `open ${file}: no such file or directory` : errorMessage(error); // undefined for any other error
}
