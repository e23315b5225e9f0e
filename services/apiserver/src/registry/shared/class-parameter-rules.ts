import { invalidValue, labelKeyFaults, required, tooLong, type FieldError } from '@kubernode/apimachinery';

const PARAMETERS_MAX = 512;
const PARAMETER_BYTES_MAX = 256 * 1024;

/** Name of a driver or provisioner, in any case. */
export function provisionerFaults(name: string, path: string): FieldError[] {
  if (name === '') return [required(path)];
  return labelKeyFaults(name.toLowerCase()).map((fault) => invalidValue(path, name.toLowerCase(), fault));
}

export function parameterFaults(parameters: Readonly<Record<string, string>> | undefined, { needed }: { needed: boolean }): FieldError[] {
  const entries = Object.entries(parameters ?? {});
  if (entries.length > PARAMETERS_MAX) return [tooLong('parameters', PARAMETERS_MAX)];
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value ?? ''), 0);
  return [
    ...entries.filter(([key]) => key === '').map(([key]) => invalidValue('parameters', key, 'field can not be empty.')),
    ...(bytes > PARAMETER_BYTES_MAX ? [tooLong('parameters', PARAMETER_BYTES_MAX)] : []),
    ...(needed && entries.length === 0 ? [required('parameters', 'must contain at least one key/value pair')] : []),
  ];
}
