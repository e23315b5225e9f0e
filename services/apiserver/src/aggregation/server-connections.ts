import https from 'node:https';
import { whenAborted } from '@kubernode/base';
import type { KeyPair } from '@kubernode/component-base';
import type { RemoteVersion } from './api-service.ts';

const SOCKETS_IDLE_MAX = 64;
const AGENTS_MAX = 200;

/** Connections to aggregated servers, kept for those of the same trust. */
export class ServerConnections {
  #identity: KeyPair | undefined;
  readonly #agents = new Map<string, https.Agent>();

  /** As whom this server speaks to others, on connections from now on. */
  setIdentity(pair: KeyPair): void {
    this.#identity = pair;
    this.#agents.clear(); // requests under way end by themselves, idle connections when their servers close them
  }

  agentFor({ caBundle, insecure }: Pick<RemoteVersion, 'caBundle' | 'insecure'>): https.Agent {
    const key = insecure ? 'insecure' : caBundle;
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.#agents.keys();
    if (this.#agents.size >= AGENTS_MAX && oldest !== undefined) this.#agents.delete(oldest); // its requests under way end by themselves
    const agent = new https.Agent({ keepAlive: true, maxFreeSockets: SOCKETS_IDLE_MAX, rejectUnauthorized: !insecure, ...(caBundle !== '' && { ca: Buffer.from(caBundle, 'base64') }), ...(this.#identity && { cert: this.#identity.certificate, key: this.#identity.key }) });
    this.#agents.set(key, agent);
    return agent;
  }

  /** Closes them when aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await whenAborted(signal);
    for (const agent of this.#agents.values()) agent.destroy();
  }
}
