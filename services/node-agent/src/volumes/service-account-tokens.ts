import { type authenticationV1, coreV1Resources } from '@kubernode/api';
import type { Clock } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { type Pod, podUid } from '../pod/pod-facts.ts';
import { tokenKey } from './compute-payload.ts';

interface Held { token: string; issuedAtMs: number; expiresAtMs: number }

/** A token is renewed after this share of its life, or after a day. */
const LIFE_SHARE = 0.8;
const LIFE_MAX_MS = 24 * 3_600_000;

export interface TokenRequest { audience?: string; expirationSeconds?: number }

/** The service account tokens of pods, bound to them and renewed before they end. */
export class ServiceAccountTokens {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #held = new Map<string, Held>();

  constructor({ client, clock }: { client: Client; clock: Clock }) {
    this.#client = client;
    this.#clock = clock;
  }

  /** A token good for now; the one at hand when a renewal fails and it still lives. */
  async get(pod: Pod, request: TokenRequest): Promise<string> {
    const key = `${podUid(pod)}/${tokenKey(request)}`;
    const held = this.#held.get(key);
    const nowMs = this.#clock.now();
    if (held !== undefined && nowMs < renewAtMs(held)) return held.token;
    try {
      const fresh = await this.#request(pod, request);
      this.#held.set(key, fresh);
      return fresh.token;
    } catch (error) {
      if (held !== undefined && nowMs < held.expiresAtMs) return held.token;
      throw error;
    }
  }

  forgetPod(uid: string): void {
    for (const key of [...this.#held.keys()].filter((one) => one.startsWith(`${uid}/`))) this.#held.delete(key);
  }

  async #request(pod: Pod, { audience, expirationSeconds = 3600 }: TokenRequest): Promise<Held> {
    const name = pod.spec?.serviceAccountName ?? 'default';
    const namespace = pod.metadata.namespace ?? '';
    const body = {
      apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: { name, namespace },
      spec: { audiences: audience === undefined || audience === '' ? [] : [audience], expirationSeconds, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: pod.metadata.name, uid: podUid(pod) } },
    };
    const { status } = await this.#client.create<unknown, authenticationV1.TokenRequest>(coreV1Resources.serviceaccounts, body, { namespace, target: { name, namespace, subresource: 'token' } });
    const nowMs = this.#clock.now();
    return { token: status?.token ?? '', issuedAtMs: nowMs, expiresAtMs: Date.parse(status?.expirationTimestamp ?? '') || nowMs };
  }
}

function renewAtMs({ issuedAtMs, expiresAtMs }: Held): number {
  return Math.min(issuedAtMs + LIFE_SHARE * (expiresAtMs - issuedAtMs), issuedAtMs + LIFE_MAX_MS);
}
