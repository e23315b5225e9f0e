import { matchesFields, matchesLabels, notFound, parseFieldSelector, parseLabelSelector, type KubeObject } from '@kubernode/apimachinery';
import type { OfferedResource } from '../discovery/served-api.ts';
import { valueAnswer } from '../endpoints/encode-value.ts';
import type { ObjectSource } from '../endpoints/endpoint.ts';
import type { EndpointServices } from '../endpoints/endpoint-services.ts';
import { listForm, objectForm, transformObject, type AnswerForm } from '../endpoints/object-answer.ts';
import { partialMetadataList } from '../endpoints/partial-metadata.ts';
import { methodNotAllowed, noSuchResource } from '../endpoints/router.ts';
import type { Answer, ApiRequest, Handler, RequestInfo } from '../pipeline/api-request.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { METRICS_GROUP, METRICS_VERSION, nodeMetrics, podMetrics, type Pod } from './metrics-objects.ts';
import type { Node, NodeUsage } from './node-usage.ts';

export interface ResourceMetricsParts { usage: NodeUsage; nodes: ObjectSource<Node>; pods: ObjectSource<Pod>; services: EndpointServices }

const facts = (resource: 'nodes' | 'pods', kind: string, namespaced: boolean): OfferedResource => ({ group: METRICS_GROUP, version: METRICS_VERSION, resource, singular: '', kind, namespaced, verbs: ['get', 'list'] });

/** What discovery tells of metrics.k8s.io. */
export const METRICS_RESOURCES: readonly OfferedResource[] = [facts('nodes', 'NodeMetrics', false), facts('pods', 'PodMetrics', true)];

/** Answers for metrics.k8s.io what a metrics server would; all other requests go on. */
export function serveResourceMetrics(next: Handler, parts: ResourceMetricsParts): Handler {
  return async (request, context) => {
    const { info } = context;
    if (!info.isResourceRequest || info.group !== METRICS_GROUP || info.version !== METRICS_VERSION || !parts.usage.isOffered) return next(request, context);
    const offered = METRICS_RESOURCES.find(({ resource }) => resource === info.resource);
    if (offered === undefined || info.subresource !== '' || (info.namespace !== '' && !offered.namespaced)) throw noSuchResource();
    if (info.verb !== 'get' && info.verb !== 'list') throw methodNotAllowed();
    return answer(request, info, offered, parts);
  };
}

async function answer(request: ApiRequest, info: RequestInfo, offered: OfferedResource, { services, ...parts }: ResourceMetricsParts): Promise<Answer> {
  const served = { facts: offered, kind: offered, apiVersion: `${METRICS_GROUP}/${METRICS_VERSION}` } as unknown as ServedResource; // never stored, so nobody asks for its storage
  const form = info.verb === 'get' ? objectForm(request) : listForm(request);
  const respond = (value: object): Answer => valueAnswer(200, value, { encoding: form.encoding, pretty: form.pretty, encodeProtobuf: services.encodeProtobuf });
  const looks = await parts.usage.looks();
  const now = services.clock.now();
  const ofNode = (node: Readonly<Node> | undefined): KubeObject | undefined => node && nodeMetrics(node, looks.get(node.metadata.name), now);
  const ofPod = (pod: Readonly<Pod> | undefined): KubeObject | undefined => pod && podMetrics(pod, looks.get(pod.spec?.nodeName ?? ''), now);
  const isOfNodes = offered.resource === 'nodes';
  if (info.verb === 'get') {
    const found = isOfNodes ? ofNode(parts.nodes.get('', info.name)) : ofPod(parts.pods.get(info.namespace, info.name));
    if (found === undefined) throw notFound({ group: METRICS_GROUP, resource: isOfNodes ? 'nodes' : 'pods' }, isOfNodes ? info.name : `${info.namespace}/${info.name}`);
    return respond(transformObject(served, found, form, services));
  }
  const wanted = selected(request, info);
  const all = isOfNodes ? [...parts.nodes.list()].filter(wanted).map(ofNode) : [...parts.pods.list(info.namespace === '' ? undefined : info.namespace)].filter(wanted).map(ofPod);
  return respond(listOf(served, all.filter((one) => one !== undefined).sort(byPlace), form, services));
}

function selected({ query }: ApiRequest, { name }: RequestInfo): (object: Readonly<KubeObject>) => boolean {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '');
  return ({ metadata }) => (name === '' || metadata.name === name) && matchesLabels(labels, metadata.labels) && matchesFields(fields, { 'metadata.name': metadata.name, 'metadata.namespace': metadata.namespace ?? '' });
}

function byPlace({ metadata: a }: KubeObject, { metadata: b }: KubeObject): number {
  const [first, second] = [`${a.namespace ?? ''}/${a.name}`, `${b.namespace ?? ''}/${b.name}`];
  return first < second ? -1 : 1;
}

function listOf(served: ServedResource, items: readonly KubeObject[], form: AnswerForm, services: EndpointServices): object {
  switch (form.transform) {
    case 'none': return { kind: `${served.kind.kind}List`, apiVersion: served.apiVersion, metadata: {}, items: items.map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item) };
    case 'PartialObjectMetadata': case 'PartialObjectMetadataList': return partialMetadataList(items, {}, form.transformVersion);
    case 'Table': return services.printTable(served, items, { metadata: {}, version: form.transformVersion, includeObject: form.includeObject, now: services.clock.now() });
  }
}
