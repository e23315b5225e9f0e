import type { resourceV1 } from '@kubernode/api';
import { invalidValue, isJsonObject, required, tooLong, type FieldError } from '@kubernode/apimachinery';
import { driverNameFaults } from './device-names.ts';

const PARAMETERS_BYTES_MAX = 10 * 1024;

/** Configuration for a driver, which alone understands its parameters. `isStored`: it was accepted before, of whatever size. */
export function configurationFaults(opaque: Readonly<resourceV1.OpaqueDeviceConfiguration> | undefined, path: string, { isStored }: { isStored: boolean }): FieldError[] {
  if (opaque === undefined) return [required(`${path}.opaque`)];
  return [...driverNameFaults(opaque.driver, `${path}.opaque.driver`), ...rawObjectFaults(opaque.parameters, `${path}.opaque.parameters`, { isStored })];
}

/** A JSON object that the server keeps without knowing what is in it. */
export function rawObjectFaults(value: unknown, path: string, { isStored }: { isStored: boolean }): FieldError[] {
  if (value === undefined || value === null) return [required(path)];
  if (!isStored && Buffer.byteLength(JSON.stringify(value)) > PARAMETERS_BYTES_MAX) return [tooLong(path, PARAMETERS_BYTES_MAX)];
  return isJsonObject(value) ? [] : [invalidValue(path, '<value omitted>', 'must be a valid JSON object')];
}
