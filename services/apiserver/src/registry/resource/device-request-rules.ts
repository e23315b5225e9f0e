import type { resourceV1 } from '@kubernode/api';
import { invalidValue, notSupported, required, subdomainFaults, type FieldError } from '@kubernode/apimachinery';
import { labelNameFaults } from '../shared/port-rules.ts';
import { ruleFaults } from '../shared/value-rules.ts';
import { setFaults } from './bounded-list-rules.ts';
import { deviceSelectorFaults } from './device-selector.ts';
import { deviceTolerationFaults } from './device-taint.ts';

const ALTERNATIVES_MAX = 8;
const ONE_OF = 'exactly one of `exactly` or `firstAvailable` is required';

/** What a claim asks for: devices of one class, or the first of several alternatives that can be had. */
export function deviceRequestFaults({ name, exactly, firstAvailable = [] }: Readonly<resourceV1.DeviceRequest>, path: string): FieldError[] {
  const errors = labelNameFaults(name, `${path}.name`);
  if (exactly === undefined && firstAvailable.length === 0) return [...errors, required(path, ONE_OF)];
  if (exactly !== undefined && firstAvailable.length > 0) return [...errors, invalidValue(path, null, `${ONE_OF}, but multiple fields are set`)];
  if (exactly !== undefined) return [...errors, ...wantedDeviceFaults(exactly, `${path}.exactly`)];
  return [...errors, ...setFaults(firstAvailable, `${path}.firstAvailable`, { max: ALTERNATIVES_MAX, key: (one) => one.name, faults: alternativeFaults })];
}

function alternativeFaults(request: Readonly<resourceV1.DeviceSubRequest>, path: string): FieldError[] {
  return [...labelNameFaults(request.name, `${path}.name`), ...wantedDeviceFaults(request, path)];
}

function wantedDeviceFaults({ deviceClassName, selectors, allocationMode = '', count = 0, tolerations = [] }: Readonly<resourceV1.ExactDeviceRequest>, path: string): FieldError[] {
  return [
    ...(deviceClassName === '' ? [required(`${path}.deviceClassName`)] : ruleFaults(deviceClassName, `${path}.deviceClassName`, subdomainFaults)),
    ...deviceSelectorFaults(selectors, `${path}.selectors`),
    ...allocationFaults({ allocationMode, count }, path),
    ...tolerations.flatMap((toleration, index) => deviceTolerationFaults(toleration, `${path}.tolerations[${index}]`)),
  ];
}

function allocationFaults({ allocationMode, count }: { allocationMode: string; count: number }, path: string): FieldError[] {
  switch (allocationMode) {
    case 'All': return count === 0 ? [] : [invalidValue(`${path}.count`, count, "must not be specified when allocationMode is 'All'")];
    case 'ExactCount': return count > 0 ? [] : [invalidValue(`${path}.count`, count, 'must be greater than zero')];
    default: return [notSupported(`${path}.allocationMode`, allocationMode, ['All', 'ExactCount'])];
  }
}
