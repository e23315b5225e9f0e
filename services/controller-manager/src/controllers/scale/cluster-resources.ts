import { formatApiVersion, isJsonObject } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import type { Reach } from '@kubernode/controller';
import { discoverResources, type DiscoveredResource } from '../../discovered-resources.ts';

/** Without a version, of any. */
export interface GroupKind { group: string; kind: string; version?: string }

interface Known { resources: readonly DiscoveredResource[]; groups: readonly ServedGroup[]; atMs: number }
interface ServedGroup { name: string; preferredVersion?: { version: string }; versions?: { version: string }[] }

/** What was learned stays true for so long; what is not found is asked for again at once. */
const KNOWN_MAX_MS = 30_000;

/** What the cluster serves, custom resources and extension servers included, asked for when needed. */
export class ClusterResources {
  readonly #clock: Clock;
  #known: Known | undefined;

  constructor(clock: Clock) { this.#clock = clock; }

  /** The resource of a kind in the preferred version of its group; rejects where there is none. */
  async ofKind({ group, kind, version }: GroupKind, reach: Reach): Promise<DiscoveredResource> {
    const find = ({ resources }: Known): DiscoveredResource | undefined => resources.find((one) => one.group === group && one.kind === kind);
    const found = await this.#find(find, reach);
    if (found === undefined) throw new Error(`no matches for kind "${kind}" in ${version === undefined ? `group "${group}"` : `version "${formatApiVersion({ group, version })}"`}`);
    return found;
  }

  /** The version of a group of metrics to ask: the preferred one, or the first of those that are `spoken`. */
  async versionOf(group: string, spoken: readonly string[], reach: Reach): Promise<string> {
    const served = await this.#find(({ groups }) => groups.find(({ name }) => name === group), reach);
    if (served === undefined) throw new Error(`no custom metrics API (${group}) registered`);
    const versions = [served.preferredVersion, ...served.versions ?? []].map((one) => one?.version ?? '');
    const chosen = versions.find((version) => spoken.includes(version));
    if (chosen === undefined) throw new Error('no known available metric versions found');
    return chosen;
  }

  async #find<T>(find: (known: Known) => T | undefined, reach: Reach): Promise<T | undefined> {
    const nowMs = this.#clock.monotonicNow();
    const known = this.#known;
    if (known !== undefined && nowMs - known.atMs < KNOWN_MAX_MS) {
      const found = find(known);
      if (found !== undefined || known.atMs === nowMs) return found;
    }
    this.#known = { resources: (await discoverResources(reach.client, reach.signal)).resources, groups: await servedGroups(reach), atMs: nowMs };
    return find(this.#known);
  }
}

async function servedGroups({ client, signal }: Reach): Promise<readonly ServedGroup[]> {
  const { status, body } = await client.request({ method: 'GET', path: '/apis', accept: 'application/json', signal });
  const value: unknown = status === 200 ? JSON.parse(body.toString('utf8')) : undefined;
  if (!isJsonObject(value) || value['kind'] !== 'APIGroupList') throw new Error(`discovery at /apis: the server answered ${status}`);
  return (value['groups'] ?? []) as unknown as ServedGroup[]; // its kind says so
}
