import { dnsLabelFaults, invalidValue, labelKeyFaults, type FieldError } from '@kubernode/apimachinery';

export const PORT_PROTOCOLS: readonly string[] = ['SCTP', 'TCP', 'UDP'];

export function labelNameFaults(name: string, path: string): FieldError[] {
  return dnsLabelFaults(name).map((fault) => invalidValue(path, name, fault));
}

export function qualifiedNameFaults(name: string | undefined, path: string): FieldError[] {
  return name === undefined ? [] : labelKeyFaults(name).map((fault) => invalidValue(path, name, fault));
}
