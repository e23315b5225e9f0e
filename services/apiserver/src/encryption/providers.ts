import type { Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { openKmsService, type KmsService } from '@kubernode/rpc';
import { aesCbc, aesGcm, identity, KmsProvider, PrefixTransformer, secretbox, type EncryptionMetrics, type ObserveTransformation, type PrefixedTransformer, type ValueTransformer } from '@kubernode/storage';
import type { KeyRing, KmsEntry, ProviderEntry } from './encryption-config.ts';

/** A provider of the configuration, for a resource whose transformations are told to `observe`. */
export type Provider = (observe: ObserveTransformation) => PrefixedTransformer;

/** A plugin with what it takes to stop using it. */
export interface KmsPlugin { provider: KmsProvider; service: KmsService; timeoutMs: number }

export interface ProviderDependencies { clock: Clock; logger: Logger; metrics: EncryptionMetrics; newUid: () => string }

/** What a provider is; its plugin, where it has one, is added to `plugins`. @throws Error in Kubernetes' words. */
export function createProvider({ aesgcm, aescbc, secretbox: box, kms }: ProviderEntry, plugins: KmsPlugin[], dependencies: ProviderDependencies): Provider {
  const { clock } = dependencies;
  if (aesgcm !== undefined) return keyRingProvider('k8s:enc:aesgcm:v1:', aesgcm, { make: aesGcm, noMatch: 'no matching key was found for the provided AES transformer', clock });
  if (aescbc !== undefined) return keyRingProvider('k8s:enc:aescbc:v1:', aescbc, { make: aesCbc, noMatch: 'no matching key was found for the provided AES transformer', clock });
  if (box !== undefined) return keyRingProvider('k8s:enc:secretbox:v1:', box, { make: secretbox, noMatch: 'no matching key was found for the provided Secretbox transformer', clock });
  if (kms !== undefined) return kmsProvider(kms, plugins, dependencies);
  return () => ({ prefix: '', transformer: identity });
}

interface KeyRingKind { make: (key: Buffer) => ValueTransformer; noMatch: string; clock: Clock }

/** Keys are told apart by their names, which follow the provider's prefix. */
function keyRingProvider(prefix: string, { keys = [] }: KeyRing, { make, noMatch, clock }: KeyRingKind): Provider {
  const candidates = keys.map(({ name, secret }) => ({ prefix: `${name}:`, transformer: make(Buffer.from(secret, 'base64')) }));
  return (observe) => ({ prefix, transformer: new PrefixTransformer({ candidates, noMatch, observe, monotonicNow: () => clock.monotonicNow() }) });
}

function kmsProvider({ apiVersion, name, endpoint, timeoutMs }: KmsEntry, plugins: KmsPlugin[], { clock, logger, metrics, newUid }: ProviderDependencies): Provider {
  if (apiVersion === 'v1') throw new Error('KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 instead.  Set --feature-gates=KMSv1=true to use the deprecated KMSv1 feature.');
  const service = openKmsService({ endpoint, timeoutMs, clock, observe: (method, code, seconds) => metrics.kms.observeCall(name, method, code, seconds) });
  const provider = new KmsProvider({ name, service, newUid, clock, logger, metrics: metrics.kms });
  plugins.push({ provider, service, timeoutMs });
  return () => ({ prefix: `k8s:enc:kms:v2:${name}:`, transformer: provider.transformer });
}
