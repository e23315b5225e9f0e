import { createHash } from 'node:crypto';
import { formatTime } from '@kubernode/apimachinery';
import { errorMessage, type Clock } from '@kubernode/base';
import { decodeEncryptedObject, encodeEncryptedObject, type EncryptedObject, type KmsCiphertext, type KmsService } from '@kubernode/rpc';
import { aesGcm, derivedKeyAesGcm } from './aes-gcm.ts';
import type { KmsMetrics } from './encryption-metrics.ts';
import { assertValidEnvelope, hashOrEmpty } from './kms-envelope-rules.ts';
import type { OpenedValue, ValueTransformer } from './value-transformer.ts';

/** What this process encrypts with: a seed of its own, sealed by the plugin. */
export interface WriteKey {
  transformer: ValueTransformer;
  sealedSeed: KmsCiphertext;
  /** Until when it may be used without the plugin having said anew that its key is the present one. Wall-clock, ms. */
  expiresAtMs: number;
}

export interface KmsEnvelopeDependencies {
  provider: string;
  service: Pick<KmsService, 'decrypt'>;
  /** Throws while there is none. */
  writeKey: () => WriteKey;
  newUid: () => string;
  clock: Clock;
  metrics: KmsMetrics;
}

/** One for each seed in use, that is for each start of each replica and each key of the plugin since values were last rewritten. */
const SEEDS_MAX = 10_000;

/**
 * Kubernetes' KMS v2 envelope: values are encrypted here, under seeds that the plugin has sealed. The plugin is asked once for each seed,
 * so in the steady state nothing waits.
 */
export class KmsEnvelope implements ValueTransformer {
  readonly #dependencies: KmsEnvelopeDependencies;
  /** What opens values, by what identifies their seed; the least recently used first. */
  readonly #openers = new Map<string, ValueTransformer>();
  /** Seeds that the plugin is asked for now: all values of a seed wait for one answer. */
  readonly #asking = new Map<string, Promise<ValueTransformer>>();

  constructor(dependencies: KmsEnvelopeDependencies) { this.#dependencies = dependencies; }

  fromStorage(stored: Buffer, etcdKey: string): OpenedValue | Promise<OpenedValue> {
    const object = decodeEncryptedObject(stored);
    assertValidEnvelope(object);
    const { sealedSeed } = this.#dependencies.writeKey();
    const seedKey = seedKeyOf(object);
    const opener = this.#openers.get(seedKey);
    if (opener === undefined) return this.#ask(seedKey, object).then((asked) => this.#open(asked, object, etcdKey, sealedSeed.keyId));
    this.#remember(seedKey, opener);
    return this.#open(opener, object, etcdKey, sealedSeed.keyId);
  }

  toStorage(bytes: Buffer, etcdKey: string): Buffer {
    const { clock, metrics, provider } = this.#dependencies;
    const { transformer, sealedSeed, expiresAtMs } = this.#dependencies.writeKey();
    if (clock.now() > expiresAtMs) throw expired(sealedSeed.keyId, expiresAtMs, clock.now());
    const object: EncryptedObject = { data: transformer.toStorage(bytes, etcdKey), keyId: sealedSeed.keyId, sealedSource: sealedSeed.ciphertext, annotations: sealedSeed.annotations, sourceType: 'hkdfSeed' };
    assertValidEnvelope(object);
    this.#remember(seedKeyOf(object), transformer); // what is written here is read without asking
    metrics.countKeyId('to_storage', provider, sealedSeed.keyId);
    return encodeEncryptedObject(object);
  }

  #open(opener: ValueTransformer, { data, keyId, sourceType }: EncryptedObject, etcdKey: string, presentKeyId: string): OpenedValue {
    this.#dependencies.metrics.countKeyId('from_storage', this.#dependencies.provider, keyId);
    const { bytes } = opener.fromStorage(data, etcdKey) as OpenedValue; // AES-GCM asks nobody
    return { bytes, isStale: keyId !== presentKeyId || sourceType !== 'hkdfSeed' };
  }

  #ask(seedKey: string, object: EncryptedObject): Promise<ValueTransformer> {
    const asked = this.#asking.get(seedKey);
    if (asked !== undefined) return asked;
    const asking = this.#unseal(object).then((opener) => { this.#remember(seedKey, opener); return opener; }).finally(() => { this.#asking.delete(seedKey); });
    this.#asking.set(seedKey, asking);
    return asking;
  }

  async #unseal({ sealedSource, keyId, annotations, sourceType }: EncryptedObject): Promise<ValueTransformer> {
    const { service, metrics, newUid } = this.#dependencies;
    metrics.cacheMisses.inc();
    const sealed = { ciphertext: Buffer.from(sealedSource), keyId, annotations };
    const source = await service.decrypt(sealed, newUid()).catch((cause: unknown) => { throw new Error(`failed to decrypt DEK, error: ${errorMessage(cause)}`, { cause }); });
    return sourceType === 'hkdfSeed' ? derivedKeyAesGcm(source) : aesGcm(source);
  }

  #remember(seedKey: string, opener: ValueTransformer): void {
    const isNew = !this.#openers.delete(seedKey);
    this.#openers.set(seedKey, opener);
    if (!isNew) return;
    if (this.#openers.size > SEEDS_MAX) for (const oldest of this.#openers.keys()) { this.#openers.delete(oldest); break; }
    this.#dependencies.metrics.seeds.set({ provider_name: this.#dependencies.provider }, this.#openers.size);
  }
}

/** Everything that the plugin is given for a seed, each part with its length before it. */
function seedKeyOf({ sealedSource, keyId, annotations, sourceType }: EncryptedObject): string {
  const hash = createHash('sha256').update(`${sourceType}:${sealedSource.length}:`).update(sealedSource).update(`:${keyId.length}:${keyId}`);
  for (const name of Object.keys(annotations).sort()) {
    const value = annotations[name] ?? Buffer.alloc(0);
    hash.update(`:${name.length}:${name}:${value.length}:`).update(value);
  }
  return hash.digest('base64');
}

function expired(keyId: string, expiresAtMs: number, nowMs: number): Error {
  return new Error(`encryptedDEKSource with keyID hash "${hashOrEmpty(keyId)}" expired at ${formatTime(expiresAtMs)} (current time is ${formatTime(nowMs)})`);
}
