import type { GroupVersionKind, JsonObject } from '@kubernode/apimachinery';
import type { AdmissionAttributes } from './admission.ts';
import type { MatchedResource } from './matching/match-rules.ts';

/**
 * What whoever judges a request from outside is told about it, but for its objects: `request` in a webhook's AdmissionReview and in the
 * expressions of policies and match conditions. `matched` is the version by which they know it. Shares its values with the request.
 */
export function admissionRequest(attributes: AdmissionAttributes, matched: MatchedResource, uid = ''): JsonObject {
  const { group, version, resource, kind, subresource, name, namespace, operation, user, dryRun, options } = attributes;
  return {
    uid, kind: kindOf(matched.kind), resource: { group: matched.group, version: matched.version, resource: matched.resource }, ...filled({ subResource: subresource }),
    requestKind: kindOf(kind), requestResource: { group, version, resource }, ...filled({ requestSubResource: subresource, name, namespace: namespace === '' && group === '' && resource === 'namespaces' ? name : namespace }), // a namespace is in itself
    operation, userInfo: userInfo(user), dryRun,
    options: Object.keys(options).length === 0 ? null : options as JsonObject, // they came as JSON or were read from a query
  };
}

/** A kind may come with more than its name. */
function kindOf({ group, version, kind }: GroupVersionKind): JsonObject {
  return { group, version, kind };
}

function userInfo({ name, uid, groups, extra }: AdmissionAttributes['user']): JsonObject {
  return { ...filled({ username: name, uid }), ...(groups.length > 0 && { groups }), ...(Object.keys(extra).length > 0 && { extra }) } as JsonObject; // nobody changes its lists
}

function filled(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
}
