import { badRequest, forbidden, notFound, StatusError } from '@kubernode/apimachinery';
import type { RequestContext, RequestInfo } from '../pipeline/api-request.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { CustomTraits } from './custom-traits.ts';

const OBJECT_VERBS: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']);
const SUBRESOURCE_VERBS: ReadonlySet<string> = new Set(['get', 'update', 'patch']);

/** Whether a path leads to a custom resource at all: those in namespaces are seen over all of them, but changed in one. */
export function leadsToCustom({ facts }: ServedResource, { namespace, verb, rest }: RequestInfo): boolean {
  if (rest.length > 0 || verb === 'proxy') return false;
  return facts.namespaced === (namespace !== '') || (facts.namespaced && (verb === 'list' || verb === 'watch'));
}

/** Refuses what a custom resource does not have; says what users of its version should know. */
export function checkCustomRequest({ facts }: ServedResource, traits: CustomTraits, { info: { verb, subresource, name }, warnings, auditAnnotations }: RequestContext): void {
  if (traits.deprecationWarning !== undefined) { warnings.push(traits.deprecationWarning); auditAnnotations['k8s.io/deprecated'] = 'true'; }
  if (subresource !== '' && facts.subresources?.some((one) => one.name === subresource) !== true) throw notFound(facts, name);
  if (name === '' && (verb === 'update' || verb === 'patch')) throw badRequest('name must be provided');
  if (!(subresource === '' ? OBJECT_VERBS : SUBRESOURCE_VERBS).has(verb)) throw unsupported(facts, verb);
}

/** Nothing new while the definition is going. */
export function refuseWhileTerminating({ custom, storage }: Pick<ServedResource, 'custom' | 'storage'>, name: string): void {
  if (custom?.isTerminating === true) throw forbidden(storage, name, 'create not allowed while custom resource definition is terminating');
}

function unsupported({ group, resource }: { group: string; resource: string }, verb: string): StatusError {
  return new StatusError({ code: 405, reason: 'MethodNotAllowed', message: `${verb} is not supported on resources of kind "${resource}.${group}"`, details: { group, kind: resource } });
}
