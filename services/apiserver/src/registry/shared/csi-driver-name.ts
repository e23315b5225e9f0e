import { invalidValue, required, subdomainFaults, tooLong, type FieldError } from '@kubernode/apimachinery';

const NAME_LENGTH_MAX = 63;

export function csiDriverNameFaults(name: string, path: string): FieldError[] {
  if (name === '') return [required(path)];
  return [
    ...(name.length > NAME_LENGTH_MAX ? [tooLong(path, NAME_LENGTH_MAX)] : []),
    ...subdomainFaults(name.toLowerCase()).map((fault) => invalidValue(path, name, fault)),
  ];
}
