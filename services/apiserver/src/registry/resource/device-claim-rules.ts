import type { resourceV1 } from '@kubernode/api';
import { invalidValue, required, type FieldError } from '@kubernode/apimachinery';
import { labelNameFaults } from '../shared/port-rules.ts';
import { listFaults, setFaults } from './bounded-list-rules.ts';
import { configurationFaults } from './device-configuration.ts';
import { fullyQualifiedNameFaults } from './device-names.ts';
import { deviceRequestFaults } from './device-request-rules.ts';

export const REQUESTS_MAX: number = 32;
const CONSTRAINTS_MAX = 32;
export const CONFIGURATIONS_MAX: number = 32;
const NO_REQUEST = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

/** Names of a claim's requests, each with those of its alternatives. */
export type RequestNames = ReadonlyMap<string, ReadonlySet<string>>;

export function deviceClaimFaults(spec: Readonly<resourceV1.ResourceClaimSpec> | undefined, path: string): FieldError[] {
  const { requests, constraints, config } = spec?.devices ?? {};
  const names = requestNames(spec);
  return [
    ...setFaults(requests, `${path}.devices.requests`, { max: REQUESTS_MAX, key: ({ name }) => name, faults: deviceRequestFaults }),
    ...listFaults(constraints, `${path}.devices.constraints`, { max: CONSTRAINTS_MAX, faults: (one, at) => constraintFaults(one, at, names) }),
    ...listFaults(config, `${path}.devices.config`, { max: CONFIGURATIONS_MAX, faults: (one, at) => [...requestReferenceFaults(one.requests, `${at}.requests`, names), ...configurationFaults(one.opaque, at, { isStored: false })] }),
  ];
}

export function requestNames(spec: Readonly<resourceV1.ResourceClaimSpec> | undefined): RequestNames {
  return new Map((spec?.devices?.requests ?? []).map(({ name, firstAvailable = [] }) => [name, new Set(firstAvailable.map((one) => one.name))]));
}

function constraintFaults({ requests, matchAttribute, distinctAttribute }: Readonly<resourceV1.DeviceConstraint>, path: string, names: RequestNames): FieldError[] {
  const errors = requestReferenceFaults(requests, `${path}.requests`, names);
  if (matchAttribute !== undefined) return [...errors, ...fullyQualifiedNameFaults(matchAttribute, `${path}.matchAttribute`)];
  if (distinctAttribute !== undefined) return [...errors, ...fullyQualifiedNameFaults(distinctAttribute, `${path}.distinctAttribute`)];
  return [...errors, required(path, 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set')]; // the sentence is Kubernetes' own
}

export function requestReferenceFaults(references: readonly string[] | undefined, path: string, names: RequestNames): FieldError[] {
  return setFaults(references, path, { max: REQUESTS_MAX, key: (name) => name, faults: (name, at) => requestReferenceFault(name, at, names) });
}

/** `REQUEST` or `REQUEST/ALTERNATIVE`. */
export function requestReferenceFault(name: string, path: string, names: RequestNames): FieldError[] {
  const segments = name.split('/');
  if (segments.length > 2) return [invalidValue(path, name, NO_REQUEST)];
  const [request = '', alternative] = segments;
  const alternatives = names.get(request);
  const isKnown = alternatives !== undefined && (alternative === undefined || alternatives.has(alternative));
  return [...segments.flatMap((segment) => labelNameFaults(segment, path)), ...(isKnown ? [] : [invalidValue(path, name, NO_REQUEST)])];
}
