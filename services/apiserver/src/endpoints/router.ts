import { resourceFacts, resources, type ResourceFacts } from '@kubernode/api';
import { StatusError } from '@kubernode/apimachinery';
import type { Answer, ApiRequest, Handler, RequestContext, RequestInfo } from '../pipeline/api-request.ts';
import { pageNotFound } from '../pipeline/status-answer.ts';
import type { ResolveResource, ServedResource } from '../registry/served-resource.ts';
import { checkCustomRequest, leadsToCustom } from '../custom-resources/custom-requests.ts';
import { customScaleHandlers } from '../custom-resources/custom-scale.ts';
import { create } from './create.ts';
import { deprecationOf } from './deprecated-resources.ts';
import { remove } from './delete.ts';
import { removeCollection } from './delete-collection.ts';
import type { PathHandler, ResourceEndpoint } from './endpoint.ts';
import type { EndpointServices, Verb } from './endpoint-services.ts';
import { get } from './get.ts';
import { list } from './list.ts';
import { patch } from './patch.ts';
import { update } from './update.ts';
import { watch } from './watch.ts';

export interface RouterOptions {
  resolve: ResolveResource;
  /** Makes a custom resource known that was established elsewhere just now; true when there is one. */
  lookUpCustom(group: string, resource: string): Promise<boolean>;
  services: EndpointServices;
  paths: readonly PathHandler[];
  endpoints: readonly ResourceEndpoint[];
}

const VERBS: Readonly<Record<string, Verb>> = { get, list, watch, create, update, patch, delete: remove, deletecollection: removeCollection };
/** Subresources that are the object itself, read and written under other rules. */
const OBJECT_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize', 'approval', 'ephemeralcontainers', 'resize']);
const COLLECTION_VERBS: ReadonlySet<string> = new Set(['list', 'watch', 'create', 'deletecollection']);

/** The innermost handler: finds what answers a path and method, or the right kind of refusal. */
export function createRouter({ resolve, lookUpCustom, services, paths, endpoints }: RouterOptions): Handler {
  const pathHandlers = new PathTable(paths);
  const overrides = new Map(endpoints.map((one) => [`${one.group}/${one.version ?? '*'}/${one.resource}/${one.subresource}/${one.verb}`, one.handle]));
  const handlers = new WeakMap<ServedResource, Map<string, Handler>>();
  const override = ({ group, version, resource, subresource, verb }: RequestInfo): Handler | undefined =>
    overrides.get(`${group}/${version}/${resource}/${subresource}/${verb}`) ?? overrides.get(`${group}/*/${resource}/${subresource}/${verb}`);
  const custom = (served: ServedResource, request: ApiRequest, context: RequestContext): Promise<Answer> => {
    if (served.custom === undefined || !leadsToCustom(served, context.info)) return Promise.resolve(pageNotFound());
    checkCustomRequest(served, served.custom, context);
    return handlerOf(served, context.info, services, handlers)(request, context);
  };
  const unknown: Handler = async (request, context) => {
    const { group, version, resource } = context.info;
    const found = group !== '' && await lookUpCustom(group, resource) ? resolve(group, version, resource) : undefined;
    return found === undefined ? pathHandlers.unknownResource(request, context) : custom(found, request, context);
  };
  return (request, context) => {
    const { info } = context;
    if (request.path.startsWith('//')) return Promise.resolve(pageNotFound());
    if (!info.isResourceRequest) return pathHandlers.handle(request, context);
    const served = resolve(info.group, info.version, info.resource);
    if (served?.custom !== undefined) return custom(served, request, context);
    const facts = served?.facts ?? resourceFacts(info);
    if (facts === undefined) return unknown(request, context);
    checkAllowed(facts, info, request.method);
    const deprecation = deprecationOf(info);
    if (deprecation !== undefined) { context.warnings.push(deprecation); context.auditAnnotations['k8s.io/deprecated'] = 'true'; }
    const special = override(info);
    if (special !== undefined) return special(request, context);
    if (served === undefined) throw noSuchResource();
    return handlerOf(served, info, services, handlers)(request, context);
  };
}

function handlerOf(served: ServedResource, { verb, subresource }: RequestInfo, services: EndpointServices, handlers: WeakMap<ServedResource, Map<string, Handler>>): Handler {
  let ofResource = handlers.get(served);
  if (ofResource === undefined) { ofResource = new Map(); handlers.set(served, ofResource); }
  const key = `${subresource}/${verb}`;
  let handler = ofResource.get(key);
  if (handler === undefined) {
    const make: Verb | undefined = served.custom !== undefined && subresource === 'scale' ? (one, all) => customScaleHandlers(one, all)[verb as 'get' | 'update' | 'patch'] : subresource === '' || OBJECT_SUBRESOURCES.has(subresource) ? VERBS[verb] : undefined;
    if (make === undefined) throw noSuchResource();
    handler = make(served, services);
    ofResource.set(key, handler);
  }
  return handler;
}

/** 404 for paths that the resource does not have, 405 for methods that a path does not take. */
function checkAllowed(facts: ResourceFacts, info: RequestInfo, method: string): void {
  const { verb, subresource, namespace, rest } = info;
  if (verb === 'proxy') throw noSuchResource(); // a path of long ago
  if (verb === 'watch' && method !== 'GET') throw methodNotAllowed();
  if (rest.length > 0 && subresource !== 'proxy') throw noSuchResource();
  if (subresource !== '') {
    const known = facts.subresources?.find(({ name }) => name === subresource);
    if (known === undefined || (facts.namespaced && namespace === '')) throw noSuchResource();
    if (method === 'HEAD' || method === 'OPTIONS' ? subresource !== 'proxy' : !known.verbs.includes(verb)) throw methodNotAllowed();
    return;
  }
  if (!facts.namespaced && namespace !== '' && info.resource !== 'namespaces') throw noSuchResource();
  const ofCollection = info.name === '' || verb === 'list' || verb === 'watch' || verb === 'deletecollection';
  if (!ofCollection && facts.namespaced && namespace === '') throw noSuchResource();
  if (!ofCollection && !facts.verbs.some((one) => !COLLECTION_VERBS.has(one))) throw noSuchResource();
  const needsNamespace = facts.namespaced && (verb === 'create' || verb === 'deletecollection');
  if (method === 'HEAD' || !facts.verbs.includes(verb) || ofCollection !== COLLECTION_VERBS.has(verb) || (needsNamespace && namespace === '')) throw methodNotAllowed();
}

export function noSuchResource(): StatusError {
  return new StatusError({ code: 404, reason: 'NotFound', message: 'the server could not find the requested resource', details: {} });
}

export function methodNotAllowed(): StatusError {
  return new StatusError({ code: 405, reason: 'MethodNotAllowed', message: 'the server does not allow this method on the requested resource', details: {} });
}

const KNOWN_VERSIONS: ReadonlySet<string> = new Set(resources.map(({ group, version }) => `${group}/${version}`));
const KNOWN_GROUPS: ReadonlySet<string> = new Set(resources.map(({ group }) => group));

/** Handlers of paths that are no resources. */
class PathTable {
  readonly #exact = new Map<string, Handler>();
  /** The longest first. */
  readonly #prefixes: { prefix: string; handle: Handler }[] = [];

  constructor(handlers: readonly PathHandler[]) {
    for (const { paths, prefixes = [], handle } of handlers) {
      for (const path of paths) this.#exact.set(path, handle);
      for (const prefix of prefixes) this.#prefixes.push({ prefix, handle });
    }
    this.#prefixes.sort((a, b) => b.prefix.length - a.prefix.length);
  }

  readonly handle: Handler = async (request, context) => {
    const path = request.path.length > 1 && request.path.endsWith('/') ? request.path.slice(0, -1) : request.path;
    const handler = this.#exact.get(path) ?? this.#prefixes.find(({ prefix }) => path.startsWith(prefix))?.handle;
    return handler === undefined ? pageNotFound() : handler(request, context);
  };

  /** A resource that is not served: a Status inside a group that is, plain text elsewhere. */
  readonly unknownResource: Handler = async (_request, { info }) => {
    if (KNOWN_VERSIONS.has(`${info.group}/${info.version}`) || KNOWN_GROUPS.has(info.group)) throw noSuchResource();
    return pageNotFound();
  };
}
