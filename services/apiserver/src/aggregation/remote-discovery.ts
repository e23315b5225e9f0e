import { isJsonObject, jsonEquals, type JsonObject } from '@kubernode/apimachinery';
import { errorMessage, isAbortError, WakeUp, type Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { RemoteOffer, ServedApi } from '../discovery/served-api.ts';
import type { ResolveService } from '../webhook-client/service-resolver.ts';
import { pathOf, type RemoteVersion } from './api-service.ts';
import { resourcesOf } from './legacy-resources.ts';
import type { RemoteVersions } from './remote-versions.ts';
import type { ServerConnections } from './server-connections.ts';
import { askServer, type ServerAnswer } from './server-question.ts';

/** What servers offer changes with their releases; nobody tells. */
const REFRESH_MS = 60_000;
const RETRY_MS = 2_000;
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const ACCEPT = `${AGGREGATED},application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json`;

interface Known { resources: readonly object[]; freshness: RemoteOffer['freshness'] }

export interface RemoteDiscoveryParts { remotes: RemoteVersions; resolve: ResolveService; connections: ServerConnections; clock: Clock; logger: Logger }

/** What aggregated servers say they offer, kept for clients who ask what there is. */
export class RemoteDiscovery {
  readonly #parts: RemoteDiscoveryParts;
  readonly #known = new Map<string, Known>();
  readonly #wakeUp = new WakeUp();
  #revision = 0;
  #merged: { from: ServedApi; revision: number; api: ServedApi } | undefined;
  #version = 0;

  constructor(parts: RemoteDiscoveryParts) {
    this.#parts = parts;
    parts.remotes.onChange(() => { this.#wakeUp.ring(); });
  }

  /** What this server offers together with the others. */
  merge(own: ServedApi): ServedApi {
    const revision = this.#revision + this.#parts.remotes.revision; // neither ever falls
    if (this.#merged?.from === own && this.#merged.revision === revision) return this.#merged.api;
    const remote = this.#parts.remotes.list().map((one) => this.#offerOf(one));
    const api = { version: ++this.#version, resources: own.resources, ...(remote.length > 0 && { remote }) };
    this.#merged = { from: own, revision, api };
    return api;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#wakeUp.take(); // what has changed until here is looked at now
      const fresh = await Promise.all(this.#parts.remotes.list().map((remote) => this.#refresh(remote, signal)));
      await this.#wakeUp.heardWithin({ clock: this.#parts.clock, ms: fresh.every(Boolean) ? REFRESH_MS : RETRY_MS }, signal);
    }
  }

  #offerOf({ name, group, version, groupPriority, versionPriority }: RemoteVersion): RemoteOffer {
    const { resources = [], freshness = 'Stale' } = this.#known.get(name) ?? {};
    return { group, version, groupPriority, versionPriority, resources, freshness };
  }

  /** False when the server did not answer although it should. */
  async #refresh(remote: RemoteVersion, signal: AbortSignal): Promise<boolean> {
    const before = this.#known.get(remote.name);
    try {
      if (!remote.isAvailable) throw new Error('service unavailable');
      const ask = (path: string, accept: string): Promise<ServerAnswer> => askServer({ remote, address: this.#parts.resolve(remote.service), path, accept, signal }, this.#parts);
      this.#learn(remote, { resources: await discover(remote, ask), freshness: 'Current' });
      return true;
    } catch (error) {
      if (isAbortError(error) || signal.aborted) return true;
      if (remote.isAvailable) this.#parts.logger.warn('what an aggregated server offers cannot be told', { apiService: remote.name, error: errorMessage(error) });
      this.#learn(remote, { resources: before?.resources ?? [], freshness: 'Stale' });
      return !remote.isAvailable; // its condition changes first
    }
  }

  #learn({ name }: RemoteVersion, known: Known): void {
    if (jsonEquals(this.#known.get(name) as never, known as never)) return; // both are JSON or missing
    this.#known.set(name, known);
    this.#revision++;
  }
}

type Ask = (path: string, accept: string) => Promise<ServerAnswer>;

/** Newer servers tell all at once; others for each version. */
async function discover(remote: RemoteVersion, ask: Ask): Promise<readonly object[]> {
  const all = await ask(remote.group === '' ? '/api' : '/apis', ACCEPT);
  if (all.status === 200 && all.contentType.includes('APIGroupDiscoveryList')) return versionIn(json(all), remote) ?? [];
  if (all.status === 503) throw new Error(`service ${remote.service.namespace}/${remote.service.name}:${remote.service.port} returned non-success response code: 503`);
  const one = await ask(pathOf(remote), 'application/json');
  if (one.status !== 200) throw new Error(`failed to download legacy discovery for ${pathOf(remote)}: status ${one.status}`);
  return resourcesOf(json(one), remote);
}

function versionIn(document: JsonObject, { group, version }: RemoteVersion): readonly object[] | undefined {
  const groups = listOf(document['items']);
  const found = groups.find(({ metadata }) => isJsonObject(metadata) && (metadata['name'] ?? '') === group);
  return found === undefined ? undefined : listOf(listOf(found['versions']).find((one) => one['version'] === version)?.['resources']);
}

function json({ body }: ServerAnswer): JsonObject {
  const value: unknown = JSON.parse(body.toString('utf8'));
  if (!isJsonObject(value)) throw new Error('the document is no object');
  return value;
}

function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter((one): one is JsonObject => isJsonObject(one)) : [];
}
