import { type authenticationV1, coreV1Resources } from '@kubernode/api';
import { type Clock, errorMessage, type Rng } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import { type Pod, podUid } from '../pod/pod-facts.ts';
import { VolumeError } from './volume-error.ts';

export interface TokenRequest { audience?: string; expirationSeconds?: number | undefined }
export interface Token { token: string; expirationTimestamp: string }
interface Held extends Token { expiresAtMs: number; renewAtMs: number }

/** A token is renewed when a fifth of its life is left, or after a day, each time a little earlier so that not all renew at once. */
const REMAINING_SHARE = 0.2;
const LIFE_MAX_MS = 24 * 3_600_000;
const JITTER_MAX_MS = 10_000;
const DEFAULT_EXPIRATION_SECONDS = 3600;

/** The service account tokens of pods, bound to them and renewed before they end. */
export class ServiceAccountTokens {
  readonly #deps: { client: Pick<Client, 'create'>; clock: Clock; rng: Rng; logger: Logger };
  readonly #held = new Map<string, Held>();
  readonly #pending = new Map<string, Promise<Held>>();

  constructor(deps: { client: Pick<Client, 'create'>; clock: Clock; rng: Rng; logger: Logger }) { this.#deps = deps; }

  /** A token good for now; the one at hand when a renewal fails and it still lives. Rejects with VolumeError. */
  async get(pod: Pod, request: TokenRequest): Promise<Token> {
    const { clock, logger } = this.#deps;
    const key = `${podUid(pod)}/${request.audience ?? ''}/${request.expirationSeconds ?? DEFAULT_EXPIRATION_SECONDS}`;
    const held = this.#held.get(key);
    if (held !== undefined && clock.now() < held.renewAtMs) return held;
    try {
      return await this.#renew(key, pod, request);
    } catch (error) {
      if (held === undefined) throw new VolumeError(`failed to fetch token: ${errorMessage(error)}`, { cause: error });
      if (clock.now() >= held.expiresAtMs) throw new VolumeError(`token ${key} expired and refresh failed: ${errorMessage(error)}`, { cause: error });
      logger.warn('cannot renew a token', { pod: pod.metadata.name, namespace: pod.metadata.namespace, error: errorMessage(error) });
      return held;
    }
  }

  forgetPod(uid: string): void {
    for (const key of [...this.#held.keys()].filter((one) => one.startsWith(`${uid}/`))) this.#held.delete(key);
  }

  /** Volumes that ask for the same token at once share it. */
  #renew(key: string, pod: Pod, request: TokenRequest): Promise<Held> {
    const pending = this.#pending.get(key) ?? this.#request(pod, request).then((fresh) => { this.#held.set(key, fresh); return fresh; }).finally(() => { this.#pending.delete(key); });
    this.#pending.set(key, pending);
    return pending;
  }

  async #request(pod: Pod, { audience, expirationSeconds = DEFAULT_EXPIRATION_SECONDS }: TokenRequest): Promise<Held> {
    const name = pod.spec?.serviceAccountName ?? 'default';
    const namespace = pod.metadata.namespace ?? '';
    const body = {
      apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: { name, namespace },
      spec: { audiences: audience === undefined || audience === '' ? [] : [audience], expirationSeconds, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: pod.metadata.name, uid: podUid(pod) } },
    };
    const { status, spec } = await this.#deps.client.create<unknown, authenticationV1.TokenRequest>(coreV1Resources.serviceaccounts, body, { namespace, target: { name, namespace, subresource: 'token' } });
    const expirationTimestamp = status?.expirationTimestamp ?? '';
    const expiresAtMs = Date.parse(expirationTimestamp) || this.#deps.clock.now(); // without a time it is good for this once
    const lifeMs = (spec?.expirationSeconds ?? expirationSeconds) * 1000; // the server may give another life than was asked for
    const jitterMs = this.#deps.rng.next() * JITTER_MAX_MS;
    const renewAtMs = Math.min(expiresAtMs - REMAINING_SHARE * lifeMs, expiresAtMs - lifeMs + LIFE_MAX_MS) - jitterMs;
    return { token: status?.token ?? '', expirationTimestamp, expiresAtMs, renewAtMs };
  }
}
