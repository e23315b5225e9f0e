import type { networkingV1 } from '@kubernode/api';
import { invalidValue, pathSegmentName, required, subdomainFaults, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { canonicalIpFaults } from '../shared/ip-rules.ts';
import type { Strategy } from '../strategy.ts';

type IpAddress = networkingV1.IPAddress & KubeObject;

export const ipAddressStrategy: Strategy<IpAddress> = {
  validateName: canonicalIpFaults,
  validate: ({ spec }) => parentFaults(spec?.parentRef),
  validateUpdate: (object, old) => [...parentFaults(object.spec?.parentRef), ...parentChange(object.spec?.parentRef, old.spec?.parentRef)],
};

function parentFaults(parent: networkingV1.ParentReference | undefined): FieldError[] {
  return parent === undefined ? [required('spec.parentRef')] : referenceFaults(parent);
}

function referenceFaults({ group = '', resource = '', name = '', namespace = '' }: Readonly<Partial<networkingV1.ParentReference>>): FieldError[] {
  const segment = (value: string, field: string): FieldError[] => pathSegmentName(value).map((fault) => invalidValue(`spec.parentRef.${field}`, value, fault));
  return [
    ...(group === '' ? [] : subdomainFaults(group).map((fault) => invalidValue('spec.parentRef.group', group, fault))),
    ...(resource === '' ? [required('spec.parentRef.resource')] : segment(resource, 'resource')), ...(name === '' ? [required('spec.parentRef.name')] : segment(name, 'name')),
    ...(namespace === '' ? [] : segment(namespace, 'namespace')),
  ];
}

/** The value is printed as Go prints the struct. */
function parentChange(parent: networkingV1.ParentReference | undefined, old: networkingV1.ParentReference | undefined): FieldError[] {
  const shown = (one: networkingV1.ParentReference | undefined): object | null => (one === undefined ? null : { Group: one.group ?? '', Resource: one.resource ?? '', Namespace: one.namespace ?? '', Name: one.name ?? '' });
  return JSON.stringify(shown(parent)) === JSON.stringify(shown(old)) ? [] : [invalidValue('spec.parentRef', shown(parent), 'field is immutable')];
}
