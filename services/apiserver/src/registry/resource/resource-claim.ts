import type { resourceV1 } from '@kubernode/api';
import { forbiddenField, invalidValue, validateAnnotations, validateLabels, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { internalJson } from '../shared/go-text/internal-json.ts';
import type { Strategy } from '../strategy.ts';
import { deviceSelectorFaults } from './device-selector.ts';
import { jsonEquals } from '../write/json-equals.ts';

type Claim = resourceV1.ResourceClaim & KubeObject;
type Template = resourceV1.ResourceClaimTemplate & KubeObject;

export const resourceClaimStrategy: Strategy<Claim> = {
  defaults: ({ spec }) => { fillRequests(spec); },
  prepareForCreate: (object) => { object.status = {}; },
  validate: ({ spec }) => selectorFaults(spec, 'spec'),
  validateUpdate: (object, old, { subresource }) => (subresource === 'status' || jsonEquals(object.spec, old.spec) ? [] : [invalidValue('spec', internalJson('ResourceClaimSpec', object.spec), 'field is immutable')]),
  returnsDeletedObject: true,
};

export const resourceClaimTemplateStrategy: Strategy<Template> = {
  defaults: ({ spec }) => { fillRequests(spec?.spec); },
  validate: (template) => [...templateFaults(template), ...selectorFaults(template.spec?.spec, 'spec.spec')],
  validateUpdate: (object, old) => (jsonEquals(object.spec, old.spec) ? [] : [invalidValue('spec', internalJson('ResourceClaimTemplateSpec', object.spec), 'field is immutable')]),
  returnsDeletedObject: true,
};

/** A request for a class of devices is for exactly one unless it says otherwise. */
function fillRequests(spec: resourceV1.ResourceClaimSpec | undefined): void {
  for (const { exactly, firstAvailable } of spec?.devices?.requests ?? []) {
    for (const request of [...(exactly === undefined ? [] : [exactly]), ...(firstAvailable ?? [])]) {
      if ((request.allocationMode ?? '') === '') request.allocationMode = 'ExactCount';
      if (request.allocationMode === 'ExactCount' && (request.count ?? 0) === 0) request.count = 1;
    }
  }
}

function selectorFaults(spec: Readonly<resourceV1.ResourceClaimSpec> | undefined, path: string): FieldError[] {
  return (spec?.devices?.requests ?? []).flatMap(({ exactly, firstAvailable = [] }, index) => {
    const request = `${path}.devices.requests[${index}]`;
    return [...deviceSelectorFaults(exactly?.selectors, `${request}.exactly.selectors`), ...firstAvailable.flatMap((one, place) => deviceSelectorFaults(one.selectors, `${request}.firstAvailable[${place}].selectors`))];
  });
}

/** Labels and annotations of a template go into the claims made from it; nothing else of its metadata does. */
function templateFaults({ spec }: Readonly<Template>): FieldError[] {
  const metadata: Readonly<Record<string, unknown>> = { ...spec?.metadata };
  const { labels, annotations, ...others } = metadata;
  const names = Object.keys(others).filter((field) => others[field] !== undefined && others[field] !== null && others[field] !== '');
  return [
    ...validateLabels(labels as Record<string, string> | undefined, 'spec.metadata.labels'), ...validateAnnotations(annotations as Record<string, string> | undefined, 'spec.metadata.annotations'), // decoded by schema
    ...names.map((field) => forbiddenField(`spec.metadata.${field}`, 'cannot be set')),
  ];
}
