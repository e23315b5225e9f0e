import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { newUid, type GroupResource } from '@kubernode/apimachinery';
import { errorMessage, isAbortError, type Clock, type Rng } from '@kubernode/base';
import { UserError, type Logger } from '@kubernode/component-base';
import { createEncryptionMetrics, type TransformerSource, type ValueTransformer } from '@kubernode/storage';
import type { Registry } from 'prom-client';
import { createEncryptionConfigMetrics, type EncryptionConfigMetrics } from './encryption-config-metrics.ts';
import { LoadedEncryption, readEncryptionFile, type EncryptionFile } from './loaded-encryption.ts';
import type { ProviderDependencies } from './providers.ts';

export interface EncryptionOptions {
  /** --encryption-provider-config; undefined: values are stored as they are. */
  file: string | undefined;
  /** Look for changes of the file while the server runs. */
  reloads: boolean;
}

export interface EncryptionDependencies { clock: Clock; rng: Rng; logger: Logger; registry: Registry }

/** How often the file is looked at. */
const POLL_MS = 10_000;
/** How long the plugins of a new version have to be well before it is given up. */
const HEALTH_WAIT_MS_MIN = 10_000;
const HEALTH_POLL_MS = 100;

/** Starts encryption at rest as the file says; undefined without one. @throws UserError when it cannot be used. */
export async function setUpEncryption({ file, reloads }: EncryptionOptions, { clock, rng, logger, registry }: EncryptionDependencies): Promise<Encryption | undefined> {
  const serverId = apiServerId(hostname());
  const configMetrics = createEncryptionConfigMetrics({ registry, clock, serverId });
  const metrics = createEncryptionMetrics({ registry, clock, serverId });
  if (file === undefined) return undefined;
  const dependencies = { clock, logger, metrics, newUid: () => newUid(rng), file, reloads, configMetrics };
  try {
    const content = await readEncryptionFile(file).catch((cause: unknown) => { throw new Error(`error while parsing file: error while loading file: ${errorMessage(cause)}`, { cause }); });
    const loaded = new LoadedEncryption(content, { ...dependencies, mayReload: reloads });
    await loaded.start();
    configMetrics.applied(loaded.hash);
    return new Encryption(loaded, dependencies);
  } catch (error) { throw new UserError(errorMessage(error)); }
}

interface Dependencies extends ProviderDependencies { file: string; reloads: boolean; configMetrics: EncryptionConfigMetrics }

/** Encryption at rest while a server runs: the version of the configuration that counts now. */
export class Encryption implements TransformerSource {
  readonly #dependencies: Dependencies;
  #loaded: LoadedEncryption;
  /** Versions that were replaced, while somebody may still wait for their plugins. */
  readonly #closing = new Set<Promise<void>>();

  constructor(loaded: LoadedEncryption, dependencies: Dependencies) {
    this.#loaded = loaded;
    this.#dependencies = dependencies;
  }

  transformerFor(resource: GroupResource): ValueTransformer | undefined { return this.#loaded.transformerFor(resource); }

  /** What /healthz and /readyz show as `kms-providers`. */
  get hasHealthCheck(): boolean { return this.#dependencies.reloads || this.#loaded.hasPlugins; }
  async check(): Promise<undefined> { await this.#loaded.check(); }

  /** Takes up changes of the file until aborted, when that is wanted, and then lets go of the plugins. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, reloads } = this.#dependencies;
    try {
      for (;;) {
        await clock.sleep(POLL_MS, { signal });
        if (reloads) await this.#reload(signal);
      }
    } catch (error) {
      if (!isAbortError(error)) throw error;
    } finally {
      await Promise.all([this.#loaded.close(), ...this.#closing]);
    }
  }

  async #reload(signal: AbortSignal): Promise<void> {
    const { file, logger, configMetrics } = this.#dependencies;
    try {
      const content = await readEncryptionFile(file);
      if (content.hash === this.#loaded.hash) return;
      await this.#replace(content, signal);
      configMetrics.reloaded('success');
      configMetrics.applied(content.hash);
      logger.info('Took up the changed encryption configuration', { file, hash: content.hash });
    } catch (error) {
      if (signal.aborted) throw error;
      configMetrics.reloaded('failure');
      logger.error('The changed encryption configuration cannot be used; the last one stays', { file, error: errorMessage(error) });
    }
  }

  /** The new version counts once its plugins are well; the old one's are let go when nobody can be waiting for them any more. */
  async #replace(content: EncryptionFile, signal: AbortSignal): Promise<void> {
    const { clock } = this.#dependencies;
    const next = new LoadedEncryption(content, { ...this.#dependencies, mayReload: true });
    try {
      await next.start();
      await this.#untilWell(next, signal);
    } catch (error) {
      await next.close();
      throw error;
    }
    const old = this.#loaded;
    this.#loaded = next;
    const closing = clock.sleep(old.graceMs, { signal }).catch(() => undefined).then(() => old.close()).finally(() => { this.#closing.delete(closing); }); // aborted: at once
    this.#closing.add(closing);
  }

  async #untilWell(next: LoadedEncryption, signal: AbortSignal): Promise<void> {
    const { clock } = this.#dependencies;
    const giveUpAtMs = clock.monotonicNow() + Math.max(next.graceMs, HEALTH_WAIT_MS_MIN);
    for (;;) {
      const fault = await next.check().then(() => undefined, (error: unknown) => ({ error }));
      if (fault === undefined) return;
      if (clock.monotonicNow() >= giveUpAtMs) throw new Error(`health check for new transformers failed, polling error context deadline exceeded: ${errorMessage(fault.error)}`, { cause: fault.error });
      await clock.sleep(HEALTH_POLL_MS, { signal });
    }
  }
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const ID_BYTES = 16;

/** The name of this server among its like, as Kubernetes makes it of the host's. */
export function apiServerId(host: string): string {
  const part = (text: string): Buffer => { const bytes = Buffer.from(text); return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]); };
  const hash = createHash('sha256').update(part(host)).update(part('kube-apiserver')).digest().subarray(0, ID_BYTES);
  const bits = [...hash].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return `apiserver-${(bits.match(/.{1,5}/g) ?? []).map((five) => BASE32[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')}`;
}
