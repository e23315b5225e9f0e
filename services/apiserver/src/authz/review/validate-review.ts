import type { authorizationV1 } from '@kubernode/api';
import { type FieldError, invalidValue, labelKeyFaults, labelValueFaults, type KubeObject, type ObjectMeta, required, StatusError } from '@kubernode/apimachinery';

type Attributes = Readonly<authorizationV1.SelfSubjectAccessReviewSpec>;
type SubjectSpec = Readonly<authorizationV1.SubjectAccessReviewSpec>;

export function validateSelfReview(review: Readonly<{ metadata: ObjectMeta; spec: Attributes }>): FieldError[] {
  return [...attributeErrors(review.spec), ...selectorErrors(review.spec), ...metadataErrors(review.metadata, 'must be empty')];
}

export function validateSubjectReview(review: Readonly<{ metadata: ObjectMeta; spec: SubjectSpec }>): FieldError[] {
  return [...attributeErrors(review.spec), ...subjectErrors(review.spec), ...selectorErrors(review.spec), ...metadataErrors(review.metadata, 'must be empty')];
}

export function validateLocalReview(review: Readonly<{ metadata: ObjectMeta; spec: SubjectSpec }>): FieldError[] {
  const { metadata: { namespace = '', ...rest }, spec } = review;
  const errors = [...attributeErrors(spec), ...subjectErrors(spec), ...selectorErrors(spec), ...metadataErrors(rest, 'must be empty except for namespace', review.metadata)];
  const asked = spec.resourceAttributes?.namespace ?? '';
  if (spec.resourceAttributes && asked !== namespace) errors.push(invalidValue('spec.resourceAttributes.namespace', asked, 'must match metadata.namespace'));
  if (spec.nonResourceAttributes) errors.push(invalidValue('spec.nonResourceAttributes', goShape(spec.nonResourceAttributes), 'disallowed on this kind of request'));
  return errors;
}

/** The 422 of a review; it names the group but no kind. */
export function invalidReview(errors: readonly FieldError[]): StatusError {
  const texts = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))];
  return new StatusError({
    code: 422, reason: 'Invalid',
    message: `.authorization.k8s.io "" is invalid: ${texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`}`,
    details: { group: 'authorization.k8s.io', causes: errors.map(({ reason, field, message }) => ({ reason, message, field })) },
  });
}

function attributeErrors({ resourceAttributes, nonResourceAttributes }: Attributes): FieldError[] {
  if (resourceAttributes && nonResourceAttributes) return [invalidValue('spec.nonResourceAttributes', goShape(nonResourceAttributes), 'cannot be specified in combination with resourceAttributes')];
  if (resourceAttributes || nonResourceAttributes) return [];
  return [invalidValue('spec.resourceAttributes', null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified')];
}

function subjectErrors({ user, groups }: SubjectSpec): FieldError[] {
  return user || groups?.length ? [] : [invalidValue('spec.user', '', 'at least one of user or group must be specified')];
}

/** Errors print this type with the field names of Go. */
function goShape({ path = '', verb = '' }: Readonly<authorizationV1.NonResourceAttributes>): unknown {
  return { Path: path, Verb: verb };
}

function metadataErrors(metadata: Partial<ObjectMeta>, rule: string, shown: Partial<ObjectMeta> = metadata): FieldError[] {
  const { managedFields: _managed, ...rest } = metadata;
  const set = Object.entries(rest).filter(([, value]) => value !== undefined && value !== null && value !== '' && !isEmpty(value));
  return set.length === 0 ? [] : [invalidValue('metadata', shown as KubeObject['metadata'], rule)]; // printed only
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

interface Selector { rawSelector?: string; requirements?: readonly { key: string; operator: string; values?: string[] }[] }

function selectorErrors({ resourceAttributes }: Attributes): FieldError[] {
  const path = 'spec.resourceAttributes';
  const { fieldSelector, labelSelector } = resourceAttributes ?? {};
  return [...ofSelector(fieldSelector, `${path}.fieldSelector`, fieldKeyErrors), ...ofSelector(labelSelector, `${path}.labelSelector`, labelErrors)];
}

type Requirement = Readonly<NonNullable<Selector['requirements']>[number]>;
type RequirementRule = (requirement: Requirement, path: string) => FieldError[];

function ofSelector(selector: Readonly<Selector> | null | undefined, path: string, rule: RequirementRule): FieldError[] {
  if (!selector) return [];
  const { rawSelector = '', requirements = [] } = selector;
  const errors: FieldError[] = [];
  if (rawSelector !== '' && requirements.length > 0) errors.push(invalidValue(`${path}.rawSelector`, rawSelector, 'may not specified at the same time as requirements'));
  if (rawSelector === '' && requirements.length === 0) errors.push(required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`));
  requirements.forEach((requirement, index) => errors.push(...ofRequirement(requirement, `${path}.requirements[${index}]`, rule)));
  return errors;
}

/** Operators that this server does not know are no error: a newer client may know more. */
function ofRequirement(requirement: Requirement, path: string, rule: RequirementRule): FieldError[] {
  const { operator, values = [] } = requirement;
  const errors: FieldError[] = [];
  if (['In', 'NotIn'].includes(operator) && values.length === 0) errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  if (['Exists', 'DoesNotExist'].includes(operator) && values.length > 0) {
    errors.push({ reason: 'FieldValueForbidden', field: `${path}.values`, message: "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'" });
  }
  return rule === fieldKeyErrors ? [...rule(requirement, path), ...errors] : [...errors, ...rule(requirement, path)];
}

function fieldKeyErrors({ key }: Requirement, path: string): FieldError[] {
  return key ? [] : [required(`${path}.key`, 'must be specified')];
}

function labelErrors({ key, values = [] }: Requirement, path: string): FieldError[] {
  return [
    ...labelKeyFaults(key ?? '').map((fault) => invalidValue(`${path}.key`, key ?? '', fault)),
    ...values.flatMap((value, index) => labelValueFaults(value).map((fault) => invalidValue(`${path}.values[${index}]`, value, fault))),
  ];
}
