import { forbidden, StatusError, goQuote } from '@kubernode/apimachinery';
import type { AuthorizationAttributes, Decision } from '../pipeline/api-request.ts';

/** Throws unless a request is allowed: 403, or 500 when the authorizers could not tell. */
export function demandAllowed({ verdict, reason, error }: Decision, attributes: AuthorizationAttributes): void {
  if (verdict === 'allow') return;
  if (error !== undefined) throw new StatusError({ code: 500, reason: 'InternalError', message: `Internal Server Error: ${goQuote(attributes.path)}: ${error}` });
  throw forbiddenRequest(attributes, reason);
}

/** The 403 for a request that no authorizer allowed: who may not do what, and the authorizers' reason where they gave one. */
export function forbiddenRequest(attributes: AuthorizationAttributes, reason: string): StatusError {
  const { isResourceRequest, group, resource, name } = attributes;
  const why = `${refusal(attributes).replace(/[&<>]/g, (character) => ENTITIES[character] ?? character)}${reason === '' ? '' : `: ${reason}`}`;
  if (isResourceRequest) return forbidden({ group, resource }, name, why);
  return new StatusError({ code: 403, reason: 'Forbidden', message: `forbidden: ${why}`, details: {} });
}

/** Messages are shown by browsers too, so nothing in them may look like HTML. */
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function refusal({ user, verb, path, isResourceRequest, resource, subresource, group, namespace }: AuthorizationAttributes): string {
  const who = `User ${goQuote(user.name)} cannot ${verb}`;
  if (!isResourceRequest) return `${who} path ${goQuote(path)}`;
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const scope = namespace === '' ? 'at the cluster scope' : `in the namespace ${goQuote(namespace)}`;
  return `${who} resource ${goQuote(what)} in API group ${goQuote(group)} ${scope}`;
}
