import type { rbacV1 } from '@kubernode/api';
import { type FieldError, invalidValue, type KubeObject, notSupported, pathSegmentName, required, subdomainFaults } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';

type Binding = rbacV1.RoleBinding & KubeObject;
const GROUP = 'rbac.authorization.k8s.io';

export const roleBindingStrategy: Strategy<Binding> = bindingStrategy(true);
export const clusterRoleBindingStrategy: Strategy<Binding> = bindingStrategy(false);

function bindingStrategy(namespaced: boolean): Strategy<Binding> {
  return {
    defaults: fillGroups,
    validate: (binding) => validate(binding, namespaced),
    validateUpdate: (binding, old) => [...validate(binding, namespaced), ...roleRefChange(binding, old)],
    validateName: pathSegmentName,
    allowCreateOnUpdate: true,
  };
}

/** Users, groups and roles are of this API's group; service accounts are of the core group. */
function fillGroups(binding: Binding): void {
  if (binding.roleRef && !binding.roleRef.apiGroup) binding.roleRef.apiGroup = GROUP;
  for (const subject of binding.subjects ?? []) {
    if (!subject.apiGroup && (subject.kind === 'User' || subject.kind === 'Group')) subject.apiGroup = GROUP;
  }
}

function validate(binding: Readonly<Binding>, namespaced: boolean): FieldError[] {
  return [...roleRefFaults(binding.roleRef ?? {}, namespaced), ...(binding.subjects ?? []).flatMap((subject, index) => validateSubject(subject, namespaced, `subjects[${index}]`))];
}

function roleRefFaults({ apiGroup = '', kind = '', name = '' }: Readonly<Partial<rbacV1.RoleRef>>, namespaced: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  if (apiGroup !== GROUP) errors.push(notSupported('roleRef.apiGroup', apiGroup, [GROUP]));
  if (!kinds.includes(kind)) errors.push(notSupported('roleRef.kind', kind, kinds));
  if (name === '') errors.push(required('roleRef.name'));
  for (const fault of pathSegmentName(name)) errors.push(invalidValue('roleRef.name', name, fault));
  return errors;
}

function validateSubject(subject: Readonly<Partial<rbacV1.Subject>>, namespaced: boolean, path: string): FieldError[] {
  const { kind = '', apiGroup = '', name = '', namespace = '' } = subject;
  const errors: FieldError[] = name === '' ? [required(`${path}.name`)] : [];
  switch (kind) {
    case 'ServiceAccount':
      if (name !== '') for (const fault of subdomainFaults(name)) errors.push(invalidValue(`${path}.name`, name, fault));
      if (apiGroup !== '') errors.push(notSupported(`${path}.apiGroup`, apiGroup, ['']));
      if (!namespaced && namespace === '') errors.push(required(`${path}.namespace`));
      break;
    case 'User': case 'Group':
      if (apiGroup !== GROUP) errors.push(notSupported(`${path}.apiGroup`, apiGroup, [GROUP]));
      break;
    default:
      errors.push(notSupported(`${path}.kind`, kind, ['ServiceAccount', 'User', 'Group']));
  }
  return errors;
}

/** What a binding grants never changes; who it grants to may. The value is printed as Go prints the struct. */
function roleRefChange({ roleRef }: Readonly<Binding>, { roleRef: before }: Readonly<Binding>): FieldError[] {
  if (roleRef.apiGroup === before.apiGroup && roleRef.kind === before.kind && roleRef.name === before.name) return [];
  return [invalidValue('roleRef', { APIGroup: roleRef.apiGroup ?? '', Kind: roleRef.kind, Name: roleRef.name }, 'cannot change roleRef')];
}
