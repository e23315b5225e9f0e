import { errorMessage, isAbortError, WakeUp, type Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { RemoteDocuments } from '../openapi/remote-documents.ts';
import type { V3Document } from '../openapi/v3-document.ts';
import type { Swagger } from '../openapi/swagger-references.ts';
import type { Answer, ApiRequest, RequestContext, UserInfo } from '../pipeline/api-request.ts';
import type { ResolveService } from '../webhook-client/service-resolver.ts';
import { pathOf, type RemoteVersion } from './api-service.ts';
import { downloadIndex, downloadSwagger, type AskForDocument, type DownloadedSwagger } from './openapi-download.ts';
import { inOpenApiOrder } from './openapi-order.ts';
import { passOn } from './pass-on.ts';
import type { RemoteVersions } from './remote-versions.ts';
import type { ServerConnections } from './server-connections.ts';
import { askServer } from './server-question.ts';

/** What servers describe changes with their releases; nobody tells. */
const REFRESH_MS = 60_000;
const RETRY_MS_MAX = 3_600_000;
/** Documents may be large, and their servers slow to make them. */
const DOWNLOAD_TIMEOUT_MS = 60_000;
/** As whom documents are asked for: somebody without rights beyond everybody's. */
const READER: UserInfo = { name: 'system:aggregator', uid: '', groups: [], extra: {} };

/** What is known of one server. A download that fails leaves what the one before it brought. */
interface Described {
  /** As it was when its documents were last asked for. */
  remote: RemoteVersion;
  dueAtMs: number;
  retryMs: number;
  isRunning: boolean;
  index: ReadonlyMap<string, string> | undefined;
  swagger: DownloadedSwagger | undefined;
}

export interface RemoteOpenApiParts { remotes: RemoteVersions; resolve: ResolveService; connections: ServerConnections; clock: Clock; logger: Logger }

/** Keeps what aggregated servers describe of themselves: each is asked when its APIService changes, and every minute. */
export class RemoteOpenApi implements RemoteDocuments {
  readonly #parts: RemoteOpenApiParts;
  readonly #known = new Map<string, Described>();
  #revision = 0;
  readonly #wakeUp = new WakeUp();

  constructor(parts: RemoteOpenApiParts) { this.#parts = parts; }

  get revision(): number { return this.#revision; }

  swagger(): { tag: string; document: Swagger }[] {
    return this.#inOrder().flatMap(({ swagger }) => (swagger === undefined ? [] : [swagger]));
  }

  urls(): ReadonlyMap<string, string> {
    return new Map(this.#inOrder().reverse().flatMap(({ index }) => [...index ?? []]));
  }

  converted(): ReadonlyMap<string, { tag: string; document: V3Document }> {
    return new Map(this.#inOrder().flatMap(({ remote, swagger }) => (swagger?.converted === undefined ? [] : [[pathOf(remote).slice(1), { tag: swagger.tag, document: swagger.converted }] as const])));
  }

  passOn(name: string, request: ApiRequest, context: RequestContext): Promise<Answer> | undefined {
    const described = this.#inOrder().find(({ index }) => index?.has(name) === true);
    return described && passOn(request, context, { ...this.#parts, remote: described.remote });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { remotes, clock } = this.#parts;
    using _remotes = remotes.onChange(() => { this.#follow(); });
    this.#follow();
    while (!signal.aborted) {
      const nowMs = clock.monotonicNow();
      for (const described of this.#known.values()) if (!described.isRunning && described.dueAtMs <= nowMs) this.#start(described, signal);
      const nextMs = Math.min(...[...this.#known.values()].filter(({ isRunning }) => !isRunning).map(({ dueAtMs }) => dueAtMs), nowMs + REFRESH_MS);
      await this.#wakeUp.heardWithin({ clock, ms: nextMs - nowMs }, signal);
    }
  }

  /** Whatever has changed is asked for at once; a server that is gone describes nothing. */
  #follow(): void {
    const remotes = new Map(this.#parts.remotes.list().map((remote) => [remote.name, remote]));
    for (const name of this.#known.keys()) if (!remotes.has(name)) { this.#known.delete(name); this.#revision++; }
    for (const [name, remote] of remotes) {
      const described = this.#known.get(name);
      if (described?.remote === remote) continue;
      if (described === undefined) this.#known.set(name, { remote, dueAtMs: 0, retryMs: REFRESH_MS, isRunning: false, index: undefined, swagger: undefined });
      else Object.assign(described, { remote, dueAtMs: 0, retryMs: REFRESH_MS });
    }
    this.#wakeUp.ring();
  }

  #start(described: Described, signal: AbortSignal): void {
    described.isRunning = true;
    const nowMs = this.#parts.clock.monotonicNow();
    described.dueAtMs = nowMs + REFRESH_MS; // an APIService that changes meanwhile makes it due again
    this.#refresh(described, signal).then(() => { described.retryMs = REFRESH_MS; }, (error: unknown) => {
      if (isAbortError(error) || signal.aborted) return;
      this.#parts.logger.warn('what an aggregated server describes cannot be told', { apiService: described.remote.name, error: errorMessage(error) });
      if (described.dueAtMs > nowMs) described.dueAtMs = nowMs + described.retryMs;
      described.retryMs = Math.min(RETRY_MS_MAX, described.retryMs * 2);
    }).finally(() => { described.isRunning = false; this.#wakeUp.ring(); });
  }

  async #refresh(described: Described, signal: AbortSignal): Promise<void> {
    const { remote } = described;
    if (!remote.isAvailable) return; // its condition changes first, and that makes it due
    const ask: AskForDocument = (path, etag) => askServer({ remote, address: this.#parts.resolve(remote.service), path, etag, user: READER, timeoutMs: DOWNLOAD_TIMEOUT_MS, signal }, this.#parts);
    const [index] = await Promise.allSettled([downloadIndex(ask)]);
    if (index.status === 'fulfilled') this.#learn(described, { index: index.value });
    const converts = index.status === 'fulfilled' ? index.value === undefined : described.swagger?.converted !== undefined;
    const swagger = await downloadSwagger(remote, ask, { known: described.swagger, converts });
    if (swagger !== undefined) this.#learn(described, { swagger });
    if (index.status === 'rejected') throw index.reason;
  }

  #learn(described: Described, news: Partial<Pick<Described, 'index' | 'swagger'>>): void {
    const before = { ...described };
    Object.assign(described, news);
    if (described.swagger !== before.swagger || !isSameIndex(described.index, before.index)) this.#revision++;
  }

  #inOrder(): Described[] {
    const order = inOpenApiOrder([...this.#known.values()].map(({ remote }) => remote));
    return order.flatMap(({ name }) => this.#known.get(name) ?? []);
  }
}

function isSameIndex(a: Described['index'], b: Described['index']): boolean {
  return a?.size === b?.size && [...a ?? []].every(([name, url]) => b?.get(name) === url);
}
