import type { storageV1 } from '@kubernode/api';
import { duplicate, immutableField, invalidValue, notSupported, required, subdomainFaults, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';
import { jsonEquals } from '../write/json-equals.ts';

type CsiDriver = storageV1.CSIDriver & KubeObject;

const GROUP_POLICIES = ['File', 'None', 'ReadWriteOnceWithFSType'];
const LIFECYCLE_MODES = ['Persistent', 'Ephemeral'];
const ALLOCATABLE_UPDATE_SECONDS_MIN = 10;
const TOKEN_SECONDS_MIN = 600;
const TOKEN_SECONDS_MAX = 2 ** 32;
const NAME_LENGTH_MAX = 63;
const TOKENS_IN_ATTRIBUTES = 'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes';

export const csiDriverStrategy: Strategy<CsiDriver> = {
  defaults(object) {
    const spec = (object.spec ??= {});
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
    if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ['Persistent'];
  },
  validate: ({ spec }) => specFaults(spec ?? {}),
  validateUpdate: (object, old) => [
    ...specFaults(object.spec ?? {}),
    ...immutableField(object.spec?.attachRequired ?? null, old.spec?.attachRequired ?? null, 'spec.attachedRequired'),
    ...(jsonEquals(object.spec?.volumeLifecycleModes, old.spec?.volumeLifecycleModes) ? [] : [invalidValue('spec.volumeLifecycleModes', object.spec?.volumeLifecycleModes ?? null, 'field is immutable')]),
  ],
  validateName: (name) => [...(name.length > NAME_LENGTH_MAX ? [`must be no more than ${NAME_LENGTH_MAX} characters`] : []), ...subdomainFaults(name.toLowerCase())],
  prepareForCreate: ({ spec }) => { delete spec?.preventPodSchedulingIfMissing; },
  prepareForUpdate(object, old) {
    if (old.spec?.preventPodSchedulingIfMissing === undefined) delete object.spec?.preventPodSchedulingIfMissing; // of a feature that is off
    if (!jsonEquals(object.spec, old.spec)) object.metadata.generation = (old.metadata.generation ?? 0) + 1; // a new one has none
  },
  warnings: ({ spec }, old) => ((spec?.tokenRequests ?? []).length > 0 && spec?.serviceAccountTokenInSecrets === undefined && !jsonEquals(spec?.tokenRequests, old?.spec?.tokenRequests) ? [TOKENS_IN_ATTRIBUTES] : []),
  allowUnconditionalUpdate: false,
  returnsDeletedObject: true,
};

function specFaults(spec: Readonly<storageV1.CSIDriverSpec>): FieldError[] {
  const { fsGroupPolicy, volumeLifecycleModes = [], tokenRequests = [], nodeAllocatableUpdatePeriodSeconds: period } = spec;
  return [
    ...(spec.attachRequired === undefined ? [required('spec.attachedRequired')] : []), ...(spec.podInfoOnMount === undefined ? [required('spec.podInfoOnMount')] : []),
    ...(fsGroupPolicy === undefined || GROUP_POLICIES.includes(fsGroupPolicy) ? [] : [notSupported('spec.fsGroupPolicy', fsGroupPolicy, GROUP_POLICIES)]),
    ...tokenFaults(tokenRequests),
    ...volumeLifecycleModes.filter((mode) => !LIFECYCLE_MODES.includes(mode)).map((mode) => notSupported('spec.volumeLifecycleModes', mode, LIFECYCLE_MODES)),
    ...(period !== undefined && period < ALLOCATABLE_UPDATE_SECONDS_MIN ? [invalidValue('spec.nodeAllocatableUpdatePeriodSeconds', period, `must be greater than or equal to ${ALLOCATABLE_UPDATE_SECONDS_MIN} seconds`)] : []),
    ...(spec.serviceAccountTokenInSecrets !== undefined && tokenRequests.length === 0 ? [invalidValue('spec.serviceAccountTokenInSecrets', spec.serviceAccountTokenInSecrets, 'serviceAccountTokenInSecrets is set but no tokenRequests are specified')] : []),
  ];
}

function tokenFaults(requests: readonly storageV1.TokenRequest[]): FieldError[] {
  const audiences = new Set<string>();
  return requests.flatMap(({ audience, expirationSeconds: seconds }, index) => {
    const path = `spec.tokenRequests[${index}]`;
    if (audiences.has(audience)) return [duplicate(`${path}.audience`, audience)];
    audiences.add(audience);
    if (seconds === undefined) return [];
    if (seconds < TOKEN_SECONDS_MIN) return [invalidValue(`${path}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes')];
    return seconds > TOKEN_SECONDS_MAX ? [invalidValue(`${path}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds')] : [];
  });
}
