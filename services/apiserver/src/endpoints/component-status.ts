import { resourceFacts, type ResourceFacts } from '@kubernode/api';
import { matchesFields, matchesLabels, notFound, parseFieldSelector, parseLabelSelector, type KubeObject } from '@kubernode/apimachinery';
import type { ApiRequest } from '../pipeline/api-request.ts';
import { goTypeOf, type ServedResource } from '../registry/served-resource.ts';
import type { ResourceEndpoint } from './endpoint.ts';
import type { EndpointServices } from './endpoint-services.ts';
import { valueAnswer } from './encode-value.ts';
import { unfitTransform } from './negotiation.ts';
import { listForm, objectForm, transformObject, type AnswerForm } from './object-answer.ts';
import { partialMetadataList } from './partial-metadata.ts';

export interface ComponentHealth {
  healthy: boolean;
  /** What the component said of itself, or why it could not be asked. */
  message: string;
  error?: string;
}

/** Something the cluster rests on, asked whenever somebody wants to know. */
export interface Component { name: string; check(signal: AbortSignal): Promise<ComponentHealth> }

const KIND = { group: '', version: 'v1', kind: 'ComponentStatus' };

/** ComponentStatuses are never stored: each read asks the components. An old resource that `kubectl get cs` still reads. */
export function componentStatusEndpoints(components: readonly Component[], services: EndpointServices): ResourceEndpoint[] {
  const facts = resourceFacts({ group: '', version: 'v1', resource: 'componentstatuses' }) as ResourceFacts; // one of the built-in resources
  const served = { facts, kind: KIND, apiVersion: 'v1' } as ServedResource; // never stored, so nobody asks for its storage
  const answer = (value: object, form: AnswerForm): ReturnType<typeof valueAnswer> => valueAnswer(200, value, { encoding: form.encoding, pretty: form.pretty, encodeProtobuf: services.encodeProtobuf });
  const at = { group: '', version: 'v1', resource: 'componentstatuses', subresource: '' };
  return [{
    ...at, verb: 'get',
    handle: async (request, { info }) => {
      const form = objectForm(request);
      const component = components.find(({ name }) => name === info.name);
      if (component === undefined) throw notFound({ group: '', resource: 'componentstatus' }, info.name);
      return answer(transformObject(served, await statusOf(component, request.signal), form, services), form);
    },
  }, {
    ...at, verb: 'list',
    handle: async (request) => {
      const form = listForm(request);
      const statuses = (await Promise.all(components.map((one) => statusOf(one, request.signal)))).filter(selected(request));
      return answer(listOf(served, statuses, form, services), form);
    },
  }];
}

async function statusOf({ name, check }: Component, signal: AbortSignal): Promise<KubeObject> {
  const { healthy, message, error } = await check(signal);
  return { kind: KIND.kind, apiVersion: 'v1', metadata: { name }, conditions: [{ type: 'Healthy', status: healthy ? 'True' : 'False', ...(message !== '' && { message }), ...(error !== undefined && { error }) }] };
}

/** They have no labels and no fields but their names. */
function selected({ query }: Pick<ApiRequest, 'query'>): (status: KubeObject) => boolean {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '');
  return ({ metadata: { name } }) => matchesLabels(labels, {}) && matchesFields(fields, { 'metadata.name': name, 'metadata.namespace': '' });
}

function listOf(served: ServedResource, statuses: readonly KubeObject[], form: AnswerForm, services: EndpointServices): object {
  switch (form.transform) {
    case 'none': return { kind: 'ComponentStatusList', apiVersion: 'v1', metadata: {}, items: statuses.map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item) };
    case 'PartialObjectMetadata': throw unfitTransform(`you requested PartialObjectMetadata, but the requested object is a list (${goTypeOf(served, 'List')})`);
    case 'PartialObjectMetadataList': return partialMetadataList(statuses, {}, form.transformVersion);
    case 'Table': return services.printTable(served, statuses, { metadata: {}, version: form.transformVersion, includeObject: form.includeObject, now: services.clock.now() });
  }
}
