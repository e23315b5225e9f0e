import type { JsonObject, KubeObject } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { timeOf } from '../explain/pod-snapshot.ts';
import { ObjectReader } from '../explain/object-reader.ts';
import { listedResources } from '../explain/resolve-kind.ts';
import { redactObject } from './redact-object.ts';
import type { Section } from './section.ts';
import type { coreV1 } from '@kubernode/api';

/** Told by themselves, or of no use to who looks for a fault. */
const LEFT_OUT: ReadonlySet<string> = new Set(['events', 'componentstatuses']);

/** Health of the API server that answers, and every object that may be read: one file a resource, one line an object. Throws when the API does not answer. */
export async function apiSections(client: Client, { sinceMs, clock, signal }: { sinceMs: number | undefined; clock: Clock; signal: AbortSignal }): Promise<Section[]> {
  const { status } = await client.request({ method: 'GET', path: '/version', signal });
  if (status !== 200) throw new Error(`the API answers with status ${status}`);
  const resources = await listedResources(new ObjectReader(client, { clock, signal }));
  const text = (path: string): Section['read'] => async (inner) => (await client.request({ method: 'GET', path, accept: '*/*', signal: inner })).body.toString('utf8');
  return [
    { path: 'api/livez.txt', read: text('/livez?verbose') }, { path: 'api/readyz.txt', read: text('/readyz?verbose') }, { path: 'api/version.json', read: text('/version') }, { path: 'api/metrics.txt', read: text('/metrics') },
    {
      path: 'api/events.jsonl',
      async read(inner) {
        const events = await listed<coreV1.Event>(client, { group: '', version: 'v1', resource: 'events', kind: 'Event', namespaced: true }, { clock, signal: inner });
        return lines(events.filter((event) => sinceMs === undefined || timeOf(event) >= sinceMs).sort((a, b) => timeOf(a) - timeOf(b)));
      },
    },
    ...resources.filter(({ resource }) => !LEFT_OUT.has(resource)).map((resource): Section => ({
      path: `api/objects/${resource.resource}${resource.group === '' ? '' : `.${resource.group}`}.jsonl`.slice(0, PATH_LENGTH_MAX),
      read: async (inner) => lines(await listed(client, resource, { clock, signal: inner })),
    })),
  ];
}

/** As an archive's names are bounded. */
const PATH_LENGTH_MAX = 60;

async function listed<T = KubeObject>(client: Client, resource: Parameters<Client['list']>[0], { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<readonly T[]> {
  const reader = new ObjectReader(client, { clock, signal });
  const items = await reader.list(resource);
  const [fault] = reader.unseen;
  if (fault !== undefined && items.length === 0) throw new Error(fault);
  return items as readonly T[]; // of that resource
}

function lines(objects: readonly object[]): string { return objects.map((one) => `${JSON.stringify(redactObject(one as JsonObject))}\n`).join(''); } // objects of the API are JSON
