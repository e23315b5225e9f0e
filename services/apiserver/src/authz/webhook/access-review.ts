import type { authorizationV1 } from '@kubernode/api';
import { parseFieldSelector, parseLabelSelector } from '@kubernode/apimachinery';
import type { AuthorizationAttributes } from '../../pipeline/api-request.ts';

/** What a webhook is asked about a request: the spec of a SubjectAccessReview. Empty values are left out, as in Kubernetes. */
export function accessReviewSpec(attributes: AuthorizationAttributes): authorizationV1.SubjectAccessReviewSpec {
  const { user: { name, uid, groups, extra }, isResourceRequest, path, verb } = attributes;
  return {
    ...(isResourceRequest ? { resourceAttributes: resourceAttributes(attributes) } : { nonResourceAttributes: filled({ path, verb }) }),
    ...filled({ user: name, uid }), ...(groups.length > 0 && { groups: [...groups] }),
    ...(Object.keys(extra).length > 0 && { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])) }),
  };
}

function resourceAttributes({ namespace, verb, group, version, resource, subresource, name, fieldSelector, labelSelector }: AuthorizationAttributes): authorizationV1.ResourceAttributes {
  const [fields, labels] = [fieldRequirements(fieldSelector), labelRequirements(labelSelector)];
  return {
    ...filled({ namespace, verb, group, version, resource, subresource, name }),
    ...(fields.length > 0 && { fieldSelector: { requirements: fields } }), ...(labels.length > 0 && { labelSelector: { requirements: labels } }),
  };
}

/** The same as conditions see it: every text is there, also an empty one. */
export function conditionRequest({ user: { name, uid, groups, extra }, isResourceRequest, path, verb, namespace, group, version, resource, subresource, name: object }: AuthorizationAttributes, { resourceAttributes: { fieldSelector, labelSelector } = {} }: authorizationV1.SubjectAccessReviewSpec): object {
  return {
    user: name, uid, groups, extra,
    ...(isResourceRequest
      ? { resourceAttributes: { namespace, verb, group, version, resource, subresource, name: object, ...(fieldSelector && { fieldSelector }), ...(labelSelector && { labelSelector }) } }
      : { nonResourceAttributes: { path, verb } }),
  };
}

/** A selector that cannot be read is left out: that only makes the question broader. */
function fieldRequirements(selector: string | undefined): NonNullable<authorizationV1.FieldSelectorAttributes['requirements']> {
  if (selector === undefined) return [];
  try {
    return parseFieldSelector(selector).map(({ field, operator, value }) => ({ key: field, operator: operator === '!=' ? 'NotIn' : 'In', values: [value] }));
  } catch { return []; }
}

const OPERATORS: Readonly<Record<string, string>> = { '=': 'In', '==': 'In', in: 'In', '!=': 'NotIn', notin: 'NotIn', exists: 'Exists', '!': 'DoesNotExist' };

function labelRequirements(selector: string | undefined): NonNullable<authorizationV1.LabelSelectorAttributes['requirements']> {
  if (selector === undefined) return [];
  try {
    return parseLabelSelector(selector).flatMap(({ key, operator, values }) => {
      const known = OPERATORS[operator];
      return known === undefined ? [] : [{ key, operator: known, ...(values.length > 0 && { values: [...values] }) }]; // only broader without it
    });
  } catch { return []; }
}

function filled<T extends Readonly<Record<string, string>>>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '')) as Partial<T>; // some of the same entries
}
