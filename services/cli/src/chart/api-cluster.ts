import { isJsonObject, parseApiVersion, StatusError, type JsonObject } from '@kubernode/apimachinery';
import { resourceOfKind } from '@kubernode/api';
import { queryOf, refusalOf, resourcePath, type Client, type RawRequest } from '@kubernode/client';
import { FIELD_MANAGER, type CallSignal, type ObjectPatch, type ObjectRef, type ObjectType, type Propagation, type ReleaseCluster } from '@kubernode/helm';
import { discover, type Discovery } from './discover.ts';

const PATCH_TYPES: Readonly<Record<ObjectPatch['type'] | 'apply', string>> = {
  merge: 'application/merge-patch+json', strategic: 'application/strategic-merge-patch+json', apply: 'application/apply-patch+yaml',
};
const PROPAGATION: Readonly<Record<Propagation, string>> = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' };
/** Reads of a collection at once, so that no answer is too large. */
const PAGE = 200;
/** Writes of an object that others change meanwhile. */
const CONFLICTS_MAX = 5;

/** What releases need of a cluster, over the API. Warnings of the server are told once each. */
export function createApiCluster({ client, warn }: { client: Client; warn: (message: string) => void }): ReleaseCluster {
  return new ApiCluster(client, warn);
}

class ApiCluster implements ReleaseCluster {
  readonly #client: Client;
  readonly #warn: (message: string) => void;
  readonly #warned = new Set<string>();
  #discovery: Promise<Discovery> | undefined;

  constructor(client: Client, warn: (message: string) => void) { this.#client = client; this.#warn = warn; }

  async scopeOf({ apiVersion, kind }: ObjectType, options: CallSignal = {}): Promise<'namespaced' | 'cluster' | undefined> {
    return (await this.#discover(options)).kinds.get(`${apiVersion}/${kind}`)?.scope;
  }

  async capabilities(options: CallSignal = {}): ReturnType<ReleaseCluster['capabilities']> {
    const { kubeVersion, apiVersions } = await this.#discover(options);
    return { kubeVersion, apiVersions };
  }

  forgetKinds(): void { this.#discovery = undefined; }

  async get(ref: ObjectRef, { signal }: CallSignal = {}): Promise<JsonObject | undefined> {
    try { return await this.#send({ method: 'GET', path: await this.#path(ref, signal), signal }); } catch (error) {
      if (error instanceof StatusError && error.code === 404) return undefined;
      throw error;
    }
  }

  async list({ namespace, labelSelector, ...type }: ObjectType & { namespace: string; labelSelector?: string }, { signal }: CallSignal = {}): Promise<readonly JsonObject[]> {
    const path = await this.#path({ ...type, namespace, name: '' }, signal);
    const items: JsonObject[] = [];
    for (let from = ''; ;) {
      const page = await this.#send({ method: 'GET', path: path + queryOf({ labelSelector, limit: PAGE, continue: from }), signal });
      const found = Array.isArray(page['items']) ? page['items'].filter(isJsonObject) : [];
      items.push(...found.map((item) => ({ ...type, ...item })));
      const metadata = page['metadata'];
      from = isJsonObject(metadata) && typeof metadata['continue'] === 'string' ? metadata['continue'] : '';
      if (from === '') return items;
    }
  }

  async create(ref: ObjectRef, object: JsonObject, { signal, dryRun }: CallSignal & { dryRun?: boolean } = {}): Promise<JsonObject> {
    return this.#write('POST', await this.#path({ ...ref, name: '' }, signal) + writeQuery(dryRun), { body: object, signal });
  }

  async replace(ref: ObjectRef, object: JsonObject, { signal, dryRun }: CallSignal & { dryRun?: boolean } = {}): Promise<JsonObject> {
    const path = await this.#path(ref, signal) + writeQuery(dryRun);
    for (let tries = 1; ; tries++) {
      const body = tries === 1 && mayReplaceAnyVersion(ref) ? object : withVersion(object, await this.get(ref, { signal }));
      try { return await this.#write('PUT', path, { body, signal }); } catch (error) {
        if (tries === CONFLICTS_MAX || !(error instanceof StatusError) || error.reason !== 'Conflict') throw error;
      }
    }
  }

  async patch(ref: ObjectRef, { type, body }: ObjectPatch, { signal, dryRun }: CallSignal & { dryRun?: boolean } = {}): Promise<JsonObject> {
    return this.#write('PATCH', await this.#path(ref, signal) + writeQuery(dryRun), { body, signal, contentType: PATCH_TYPES[type] });
  }

  async apply(ref: ObjectRef, object: JsonObject, { signal, force, dryRun }: CallSignal & { force?: boolean; dryRun?: boolean } = {}): Promise<JsonObject> {
    return this.#write('PATCH', await this.#path(ref, signal) + writeQuery(dryRun, force), { body: object, signal, contentType: PATCH_TYPES.apply });
  }

  async delete(ref: ObjectRef, { signal, propagation = 'background' }: CallSignal & { propagation?: Propagation } = {}): Promise<void> {
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: PROPAGATION[propagation] };
    try { await this.#write('DELETE', await this.#path(ref, signal), { body, signal }); } catch (error) {
      if (!(error instanceof StatusError && error.code === 404)) throw error;
    }
  }

  async logs({ namespace, name, container }: { namespace: string; name: string; container: string }, { signal }: CallSignal = {}): Promise<string> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/log${queryOf({ container })}`;
    const { status, body } = await this.#client.request({ method: 'GET', path, signal });
    if (status >= 400) throw refusalOf(status, body);
    return body.toString('utf8');
  }

  #discover({ signal }: CallSignal): Promise<Discovery> {
    this.#discovery ??= discover(this.#client, signal).catch((error: unknown) => { this.#discovery = undefined; throw error; });
    return this.#discovery;
  }

  async #path({ apiVersion, kind, namespace, name }: ObjectRef, signal: AbortSignal | undefined): Promise<string> {
    const served = (await this.#discover({ signal })).kinds.get(`${apiVersion}/${kind}`);
    if (served === undefined) throw new StatusError({ code: 404, reason: 'NotFound', message: `no matches for kind "${kind}" in version "${apiVersion}"` });
    return resourcePath({ ...parseApiVersion(apiVersion), kind, resource: served.resource, namespaced: served.scope === 'namespaced' }, { namespace, ...(name !== '' && { name }) });
  }

  #write(method: string, path: string, { body, signal, contentType = 'application/json' }: { body: JsonObject; signal: AbortSignal | undefined; contentType?: string }): Promise<JsonObject> {
    return this.#send({ method, path, contentType, body: Buffer.from(JSON.stringify(body)), signal });
  }

  async #send(request: RawRequest): Promise<JsonObject> {
    const { status, body, warnings } = await this.#client.request(request);
    for (const warning of warnings.filter((one) => !this.#warned.has(one))) { this.#warned.add(warning); this.#warn(warning); }
    if (status >= 400) throw refusalOf(status, body);
    const answer: unknown = JSON.parse(body.toString('utf8'));
    return isJsonObject(answer) ? answer : {};
  }
}

function writeQuery(dryRun: boolean | undefined, force?: boolean): string {
  return queryOf({ fieldManager: FIELD_MANAGER, dryRun: dryRun === true ? 'All' : undefined, force });
}

/** Definitions and what is not built in have to be replaced at a version that was read. */
function mayReplaceAnyVersion({ apiVersion, kind }: ObjectRef): boolean {
  const type = parseApiVersion(apiVersion);
  return !type.group.endsWith('.k8s.io') && resourceOfKind({ ...type, kind }) !== undefined;
}

function withVersion(object: JsonObject, live: JsonObject | undefined): JsonObject {
  const [wanted, present] = [object['metadata'], live?.['metadata']];
  const resourceVersion = isJsonObject(present) ? present['resourceVersion'] : undefined;
  return resourceVersion === undefined ? object : { ...object, metadata: { ...(isJsonObject(wanted) ? wanted : {}), resourceVersion } };
}
