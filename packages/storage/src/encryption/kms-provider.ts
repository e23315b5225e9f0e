import { randomBytes } from 'node:crypto';
import { formatTime } from '@kubernode/apimachinery';
import { errorMessage, isAbortError, type Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { KmsCiphertext, KmsService, KmsStatus } from '@kubernode/rpc';
import { aggregateError } from './aggregate-error.ts';
import { derivedKeyAesGcm, SEED_BYTES } from './aes-gcm.ts';
import type { KmsMetrics } from './encryption-metrics.ts';
import { KmsEnvelope, type WriteKey } from './kms-envelope.ts';
import { assertValidEnvelope, hashOrEmpty, keyIdFault } from './kms-envelope-rules.ts';
import type { ValueTransformer } from './value-transformer.ts';

export interface KmsProviderDependencies {
  name: string;
  service: KmsService;
  newUid: () => string;
  clock: Clock;
  logger: Logger;
  metrics: KmsMetrics;
}

/** How long the plugin's last word is believed by health checks, when it was good and when it was not. */
const HEALTHY_FOR_MS = 20_000;
const UNHEALTHY_FOR_MS = 3_000;
/** How often the plugin is asked, when all is well and when not. */
const POLL_MS = 60_000;
const POLL_UNHEALTHY_MS = 10_000;
/** Writes go on this long after the plugin last said that its key is the present one; reads of known seeds go on for ever. */
const WRITE_KEY_LIFE_MS = 180_000;

/**
 * Watches over one plugin: asks it for its present key, and makes a new seed whenever that has changed.
 *
 *     Status ──▶ same key: the seed lives on ──▶ another key: new seed, sealed by Encrypt ──▶ an error: the old seed, until it expires
 */
export class KmsProvider {
  readonly transformer: ValueTransformer;
  readonly #dependencies: KmsProviderDependencies;
  #writeKey: WriteKey | undefined;
  #version: string | undefined;
  #lastWord: { error: unknown; untilMs: number } | undefined;
  #checking: Promise<void> | undefined;

  constructor(dependencies: KmsProviderDependencies) {
    this.#dependencies = dependencies;
    const { name: provider, service, newUid, clock, metrics } = dependencies;
    this.transformer = new KmsEnvelope({ provider, service, newUid, clock, metrics, writeKey: () => this.#requireWriteKey() });
  }

  /** Rejects with why the plugin is not well. Asks it only when its last word is old; several callers share one question. */
  async check(): Promise<void> {
    const { clock } = this.#dependencies;
    if (this.#lastWord !== undefined && clock.monotonicNow() < this.#lastWord.untilMs) {
      if (this.#lastWord.error !== undefined) throw this.#lastWord.error;
      return;
    }
    await (this.#checking ??= this.#ask().finally(() => { this.#checking = undefined; }));
  }

  /** Asks the plugin now and then until aborted, more often while it is not well. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, name } = this.#dependencies;
    while (!signal.aborted) {
      const isWell = await this.check().then(() => true, (error: unknown) => { logger.warn('A key management plugin is not well', { name, error: errorMessage(error) }); return false; });
      await clock.sleep(isWell ? POLL_MS : POLL_UNHEALTHY_MS, { signal }).catch((error: unknown) => { if (!isAbortError(error)) throw error; });
    }
  }

  async #ask(): Promise<void> {
    const { clock, name, service } = this.#dependencies;
    let error: unknown;
    try {
      const status = await service.status().catch((cause: unknown) => { throw new Error(`failed to perform status section of the healthz check for KMS Provider ${name}, error: ${errorMessage(cause)}`, { cause }); });
      await this.#take(status);
    } catch (caught) { error = caught; }
    this.#lastWord = { error, untilMs: clock.monotonicNow() + (error === undefined ? HEALTHY_FOR_MS : UNHEALTHY_FOR_MS) };
    if (error !== undefined) throw error;
  }

  async #take({ healthz, version, keyId }: KmsStatus): Promise<void> {
    const { name, metrics } = this.#dependencies;
    const errors: unknown[] = [];
    if (healthz !== 'ok') errors.push(new Error(`got unexpected healthz status: ${healthz}`));
    if (version !== 'v2' && version !== 'v2beta1') errors.push(new Error(`expected KMSv2 API version v2, got ${version}`));
    else if (version !== (this.#version ??= version)) errors.push(new Error(`KMSv2 API version should not change after the initial status response version ${this.#version}, got ${version}`));
    const fault = keyIdFault(keyId);
    if (fault === undefined) {
      metrics.sawKeyId(name, keyId);
      await this.#followKey(keyId).catch((error: unknown) => { errors.push(error); });
    } else {
      metrics.invalidKeyIds.inc({ provider_name: name, error: fault.code });
      errors.push(new Error(`got invalid KMSv2 KeyID hash "${hashOrEmpty(keyId)}": ${fault.message}`));
    }
    if (errors.length > 0) throw new Error(`kmsv2 Provider ${name} is not healthy, error: ${errorMessage(aggregateError(errors))}`);
  }

  /** Lets the seed live on, or replaces it when the plugin has another key now. When that fails, the old one stays until it expires. */
  async #followKey(statusKeyId: string): Promise<void> {
    const { clock, newUid } = this.#dependencies;
    const old = this.#writeKey;
    const expiresAtMs = clock.now() + WRITE_KEY_LIFE_MS; // counted from before the call: it is an upper bound
    if (old?.sealedSeed.keyId === statusKeyId) { this.#writeKey = { ...old, expiresAtMs }; return; }
    const uid = newUid();
    const made = await this.#makeSeed(uid).catch((error: unknown) => ({ error }));
    if ('sealedSeed' in made && made.sealedSeed.keyId === statusKeyId) { this.#writeKey = { ...made, expiresAtMs }; return; }
    const encryptKeyId = 'sealedSeed' in made ? made.sealedSeed.keyId : '';
    throw new Error(`failed to rotate DEK uid="${uid}", useSeed=true, errState=${old === undefined ? NO_WRITE_KEY : '<nil>'}, errGen=${'error' in made ? errorMessage(made.error) : '<nil>'}, `
      + `statusKeyIDHash="${hashOrEmpty(statusKeyId)}", encryptKeyIDHash="${hashOrEmpty(encryptKeyId)}", stateKeyIDHash="${hashOrEmpty(old?.sealedSeed.keyId ?? '')}", expirationTimestamp=${old === undefined ? GO_ZERO_TIME : formatTime(old.expiresAtMs)}`);
  }

  async #makeSeed(uid: string): Promise<{ transformer: ValueTransformer; sealedSeed: KmsCiphertext }> {
    const { clock, metrics, service } = this.#dependencies;
    const startedMs = clock.monotonicNow();
    const seed = randomBytes(SEED_BYTES);
    metrics.seedSeconds.observe((clock.monotonicNow() - startedMs) / 1000);
    const sealedSeed = await service.encrypt(seed, uid).catch((cause: unknown) => { throw new Error(`failed to encrypt DEK, error: ${errorMessage(cause)}`, { cause }); });
    const { ciphertext, keyId, annotations } = sealedSeed;
    assertValidEnvelope({ data: Buffer.of(0), keyId, sealedSource: ciphertext, annotations, sourceType: 'hkdfSeed' }); // its data are still to come
    return { transformer: derivedKeyAesGcm(seed), sealedSeed };
  }

  #requireWriteKey(): WriteKey {
    if (this.#writeKey === undefined) throw new Error(NO_WRITE_KEY);
    return this.#writeKey;
  }
}

const NO_WRITE_KEY = 'got unexpected nil transformer';
const GO_ZERO_TIME = '0001-01-01T00:00:00Z';
