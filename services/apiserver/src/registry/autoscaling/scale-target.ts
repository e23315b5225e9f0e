import { invalidValue, parseApiVersion, pathSegmentName, required, type FieldError } from '@kubernode/apimachinery';

/** A reference to an object of any version of its group. */
export function targetFaults({ apiVersion = '', kind = '', name = '' }: Readonly<{ apiVersion?: string; kind?: string; name?: string }>, path: string, { needsGroup }: { needsGroup: boolean }): FieldError[] {
  const segment = (value: string, field: string): FieldError[] => (value === '' ? [required(`${path}.${field}`)] : pathSegmentName(value).map((fault) => invalidValue(`${path}.${field}`, value, fault)));
  if ((apiVersion.match(/\//g)?.length ?? 0) > 1) return [...segment(kind, 'kind'), ...segment(name, 'name'), invalidValue(`${path}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  const { group } = parseApiVersion(apiVersion);
  return [...segment(kind, 'kind'), ...segment(name, 'name'), ...(needsGroup && group === '' ? [invalidValue(`${path}.apiVersion`, apiVersion, 'apiVersion must specify API group')] : [])];
}
