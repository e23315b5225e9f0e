import type { resourceV1 } from '@kubernode/api';
import { duplicate, immutableField, invalidValue, required, subdomainFaults, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { labelNameFaults } from '../shared/port-rules.ts';
import { internalJson } from '../shared/go-text/internal-json.ts';
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
    ...devices.flatMap((device, index) => deviceFaults(device, `spec.devices[${index}]`)),
    ...devices.flatMap(({ name }, index) => {
      const repeated = names.has(name);
      names.add(name);
      return repeated ? [duplicate(`spec.devices[${index}]`, name)] : [];
    }),
  ];
}

const C_IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const NO_C_IDENTIFIER = "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";
const SEMANTIC_VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;
const VALUES = ['int', 'bool', 'string', 'version', 'ints', 'bools', 'strings', 'versions'] as const;

function deviceFaults({ name, attributes = {} }: Readonly<resourceV1.Device>, path: string): FieldError[] {
  return [
    ...labelNameFaults(name, `${path}.name`),
    ...Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([attribute, value]) => [
      ...attributeNameFaults(attribute, `${path}.attributes`), ...attributeFaults(value, `${path}.attributes[${attribute}]`),
    ]),
  ];
}

/** An identifier, behind the domain of whoever defines it where that is not the driver. */
function attributeNameFaults(name: string, path: string): FieldError[] {
  const slash = name.indexOf('/');
  const identifier = name.slice(slash + 1);
  const domainFaults = slash < 0 ? [] : subdomainFaults(name.slice(0, slash)).map((fault) => invalidValue(path, name.slice(0, slash), fault));
  return [...domainFaults, ...(C_IDENTIFIER.test(identifier) ? [] : [invalidValue(path, identifier, NO_C_IDENTIFIER)])];
}

function attributeFaults(value: Readonly<resourceV1.DeviceAttribute>, path: string): FieldError[] {
  const { version } = value;
  return [
    ...(version === undefined || SEMANTIC_VERSION.test(version) ? [] : [invalidValue(`${path}.version`, version, 'must be a string compatible with semver.org spec 2.0.0')]),
    ...(VALUES.filter((field) => (value as Readonly<Record<string, unknown>>)[field] !== undefined).length === 1 ? [] : [invalidValue(path, internalJson('DeviceAttribute', value), 'exactly one value must be specified')]), // lists are of newer versions
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
