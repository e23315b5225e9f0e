import type { resourceV1 } from '@kubernode/api';
import { duplicate, immutableField, invalidValue, required, subdomainFaults, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { labelNameFaults } from '../shared/port-rules.ts';
import type { Strategy } from '../strategy.ts';

type Slice = resourceV1.ResourceSlice & KubeObject;

const NODE_CHOICES = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'] as const;
const ONE_CHOICE = `exactly one of ${NODE_CHOICES.map((field) => `\`${field}\``).join(', ')} is required`;

export const resourceSliceStrategy: Strategy<Slice> = {
  validate: ({ spec }) => specFaults(spec),
  validateUpdate: (object, old) => [
    ...specFaults(object.spec), ...immutableField(object.spec?.driver ?? '', old.spec?.driver ?? '', 'spec.driver'),
    ...immutableField(object.spec?.pool?.name ?? '', old.spec?.pool?.name ?? '', 'spec.pool.name'), ...immutableField(object.spec?.nodeName ?? null, old.spec?.nodeName ?? null, 'spec.nodeName'),
  ],
  selectableFields: ({ spec }) => ({ 'spec.nodeName': spec?.nodeName ?? '', 'spec.driver': spec?.driver ?? '' }),
  generationFields: ['spec'],
  returnsDeletedObject: true,
};

function specFaults(spec: Readonly<resourceV1.ResourceSliceSpec> | undefined): FieldError[] {
  const { driver = '', pool } = spec ?? {};
  const devices = spec?.devices ?? [];
  const names = new Set<string>();
  return [
    ...(driver === '' ? [required('spec.driver')] : subdomainFaults(driver).map((fault) => invalidValue('spec.driver', driver, fault))), ...poolFaults(pool), ...choiceFaults(spec),
    ...devices.flatMap(({ name }, index) => {
      const repeated = names.has(name);
      names.add(name);
      return [...labelNameFaults(name, `spec.devices[${index}].name`), ...(repeated ? [duplicate(`spec.devices[${index}]`, name)] : [])];
    }),
  ];
}

function poolFaults(pool: Readonly<resourceV1.ResourcePool> | undefined): FieldError[] {
  const { name = '', resourceSliceCount = 0, generation = 0 } = pool ?? {};
  return [
    ...(name === '' ? [required('spec.pool.name')] : name.split('/').flatMap((part) => subdomainFaults(part).map((fault) => invalidValue('spec.pool.name', part, fault)))),
    ...(resourceSliceCount <= 0 ? [invalidValue('spec.pool.resourceSliceCount', resourceSliceCount, 'must be greater than zero')] : []),
    ...(generation < 0 ? [invalidValue('spec.pool.generation', generation, 'must be greater than or equal to zero')] : []),
  ];
}

/** Which nodes the devices belong to is said in one way only. */
function choiceFaults(spec: Readonly<resourceV1.ResourceSliceSpec> | undefined): FieldError[] {
  const chosen = NODE_CHOICES.filter((field) => spec?.[field] !== undefined && spec[field] !== false);
  if (chosen.length === 1) return [];
  return chosen.length === 0 ? [required('spec', ONE_CHOICE)] : [invalidValue('spec', `{${chosen.map((field) => `\`${field}\``).join(', ')}}`, `${ONE_CHOICE}, but multiple fields are set`)];
}
