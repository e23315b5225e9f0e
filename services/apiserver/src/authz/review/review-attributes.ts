import type { authorizationV1, metaV1 } from '@kubernode/api';
import { formatFieldSelector, parseFieldSelector, parseLabelSelector, type FieldRequirement } from '@kubernode/apimachinery';
import type { AuthorizationAttributes, UserInfo } from '../../pipeline/api-request.ts';

/** The question that a review asks, and what of its selectors could not be understood. */
export interface ReviewQuestion { attributes: AuthorizationAttributes; evaluationError: string }

/** From a review's spec; exactly one of the two kinds of attributes is set in a valid one. */
export function reviewQuestion(user: UserInfo, spec: Readonly<authorizationV1.SelfSubjectAccessReviewSpec>): ReviewQuestion {
  const path = spec.nonResourceAttributes;
  if (!spec.resourceAttributes) {
    return { attributes: { ...NOTHING, user, verb: path?.verb ?? '', path: path?.path ?? '', isResourceRequest: false }, evaluationError: '' };
  }
  const { verb = '', group = '', version = '', resource = '', subresource = '', namespace = '', name = '', fieldSelector, labelSelector } = spec.resourceAttributes;
  const fields = readFields(fieldSelector);
  const labels = readLabels(labelSelector);
  return {
    attributes: {
      ...NOTHING, user, verb, group, version: version === '' ? '*' : version, resource, subresource, namespace, name, isResourceRequest: true,
      ...(fields.text !== '' && { fieldSelector: fields.text }), ...(labels.text !== '' && { labelSelector: labels.text }),
    },
    evaluationError: [ignored('fieldSelector', fields), ignored('labelSelector', labels)].filter((text) => text !== '').join('; '),
  };
}

const NOTHING = { verb: '', group: '', version: '', resource: '', subresource: '', namespace: '', name: '', path: '' };

/** A selector as far as it is understood. What is left out only makes the question broader, so the answer errs on the safe side. */
interface ReadSelector { text: string; failed: boolean }

function ignored(field: string, { text, failed }: ReadSelector): string {
  if (!failed) return '';
  return `spec.resourceAttributes.${field} ${text === '' ? '' : 'partially '}ignored due to parse error`;
}

function readFields(selector: Readonly<authorizationV1.FieldSelectorAttributes> | undefined): ReadSelector {
  if (selector?.rawSelector) return readRaw(selector.rawSelector, (text) => formatFieldSelector(parseFieldSelector(text)));
  const understood: FieldRequirement[] = [];
  const requirements = selector?.requirements ?? [];
  for (const { key, operator, values = [] } of requirements) {
    const [value] = values;
    if (values.length !== 1 || value === undefined || (operator !== 'In' && operator !== 'NotIn')) continue;
    understood.push({ field: key, operator: operator === 'In' ? '=' : '!=', value });
  }
  return { text: formatFieldSelector(understood), failed: understood.length < requirements.length };
}

function readLabels(selector: Readonly<authorizationV1.LabelSelectorAttributes> | undefined): ReadSelector {
  if (selector?.rawSelector) return readRaw(selector.rawSelector, (text) => { parseLabelSelector(text); return text; });
  const requirements = selector?.requirements ?? [];
  const understood = requirements.flatMap((requirement) => {
    const text = labelText(requirement);
    return text === undefined || readRaw(text, (raw) => { parseLabelSelector(raw); return raw; }).failed ? [] : [text];
  });
  return { text: understood.join(','), failed: understood.length < requirements.length };
}

function labelText({ key, operator, values = [] }: Readonly<metaV1.LabelSelectorRequirement>): string | undefined {
  switch (operator) {
    case 'In': return values.length === 0 ? undefined : `${key} in (${values.join(',')})`;
    case 'NotIn': return values.length === 0 ? undefined : `${key} notin (${values.join(',')})`;
    case 'Exists': return values.length === 0 ? key : undefined;
    case 'DoesNotExist': return values.length === 0 ? `!${key}` : undefined;
    default: return undefined;
  }
}

function readRaw(text: string, read: (text: string) => string): ReadSelector {
  try { return { text: read(text), failed: false }; } catch { return { text: '', failed: true }; }
}
