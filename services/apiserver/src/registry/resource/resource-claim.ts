import type { resourceV1 } from '@kubernode/api';
import { forbiddenField, invalidValue, validateAnnotations, validateLabels, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { internalJson } from '../shared/go-text/internal-json.ts';
import type { Strategy } from '../strategy.ts';
import { jsonEquals } from '../write/json-equals.ts';
import { claimStatusFaults, withoutDeallocated } from './claim-status-rules.ts';
import { deviceClaimFaults, requestNames } from './device-claim-rules.ts';

type Claim = resourceV1.ResourceClaim & KubeObject;
type Template = resourceV1.ResourceClaimTemplate & KubeObject;

export const resourceClaimStrategy: Strategy<Claim> = {
  defaults: ({ spec }) => { fillRequests(spec); },
  prepareForCreate: (object) => { object.status = {}; },
  prepareForUpdate(object, old, { subresource }) {
    if (subresource !== 'status' || object.status?.devices === undefined) return;
    const devices = withoutDeallocated(object.status.devices, object.status, old.status ?? {});
    if (devices.length > 0) object.status.devices = devices;
    else delete object.status.devices;
  },
  validate: ({ spec }) => deviceClaimFaults(spec, 'spec'),
  validateUpdate: (object, old, { subresource }) => (subresource === 'status' ? statusFaults(object, old) : immutableFaults('ResourceClaimSpec', object, old)),
  returnsDeletedObject: true,
};

export const resourceClaimTemplateStrategy: Strategy<Template> = {
  defaults: ({ spec }) => { fillRequests(spec?.spec); },
  validate: templateFaults,
  validateUpdate: (object, old) => [...templateFaults(object), ...immutableFaults('ResourceClaimTemplateSpec', object, old)],
  judgesMetadataAgain: true,
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

function statusFaults({ metadata, spec, status }: Readonly<Claim>, old: Readonly<Claim>): FieldError[] {
  return claimStatusFaults({ status: status ?? {}, old: old.status ?? {}, isDeleted: metadata.deletionTimestamp !== undefined, names: requestNames(spec) });
}

function immutableFaults(struct: 'ResourceClaimSpec' | 'ResourceClaimTemplateSpec', { spec }: Readonly<{ spec: unknown }>, old: Readonly<{ spec: unknown }>): FieldError[] {
  return jsonEquals(spec, old.spec) ? [] : [invalidValue('spec', internalJson(struct, spec), 'field is immutable')];
}

function templateFaults({ spec }: Readonly<Template>): FieldError[] {
  return [...templateMetadataFaults(spec?.metadata), ...deviceClaimFaults(spec?.spec, 'spec.spec')];
}

/** Labels and annotations of a template go into the claims made from it; nothing else of its metadata does. */
function templateMetadataFaults(given: Readonly<Partial<KubeObject['metadata']>> | undefined): FieldError[] {
  const { labels, annotations, ...others } = given ?? {};
  const names = Object.entries(others).filter(([, value]) => value !== undefined && value !== null && value !== '').map(([field]) => field);
  return [
    ...validateAnnotations(annotations, 'spec.metadata.annotations'), ...validateLabels(labels, 'spec.metadata.labels'),
    ...names.map((field) => forbiddenField(`spec.metadata.${field === 'uid' ? 'uID' : field}`, 'cannot be set')), // spelt as Kubernetes spells it
  ];
}
