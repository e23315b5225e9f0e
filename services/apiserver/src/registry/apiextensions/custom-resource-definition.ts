import type { apiextensionsV1 } from '@kubernode/api';
import { defaultDefinition, isKnownFormat, recordStoredVersion, unknownFormats, validateDefinition } from '@kubernode/apiextensions';
import { goQuote, invalidValue, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { webhookClientFaults } from '../admissionregistration/webhook-configuration.ts';
import { beginDeletion } from '../../custom-resources/begin-deletion.ts';
import type { Strategy } from '../strategy.ts';

type Definition = apiextensionsV1.CustomResourceDefinition & KubeObject;

/** Kubernetes writes null where no controller has said anything. */
const NONE_YET = null as unknown as []; // the type knows lists alone

export const customResourceDefinitionStrategy: Strategy<Definition> = {
  defaults: defaultDefinition,
  prepareForCreate(object) {
    object.status = { acceptedNames: { plural: '', kind: '' }, conditions: NONE_YET };
    recordStoredVersion(object);
  },
  prepareForUpdate(object, _old, { subresource }) {
    if (subresource === '') recordStoredVersion(object);
  },
  validate: (object) => [...nameFaults(object), ...validateDefinition(object, webhookClientFaults)],
  validateUpdate: (object, old, { subresource }) => (subresource === 'status' ? [] : validateDefinition(object, webhookClientFaults, old)),
  warnings: (object, old) => newFormats(object, old).map((format) => `unrecognized format ${goQuote(format)}`),
  beginDeletion,
  generationFields: ['spec'],
  allowUnconditionalUpdate: false,
};

function nameFaults({ metadata: { name }, spec }: Readonly<Definition>): FieldError[] {
  return name === `${spec.names.plural}.${spec.group}` ? [] : [invalidValue('metadata.name', name, 'must be spec.names.plural+"."+spec.group')];
}

function newFormats(object: Readonly<Definition>, old: Readonly<Definition> | undefined): string[] {
  const before = new Set(old === undefined ? [] : unknownFormats(old, isEffective));
  return unknownFormats(object, isEffective).filter((format) => !before.has(format));
}

/** Whether values of the type are held to the format. */
function isEffective(type: string, format: string): boolean {
  if (type === 'integer') return format === 'int32' || format === 'int64';
  if (type === 'number') return format === 'float' || format === 'double';
  return (type === '' || type === 'string') && isKnownFormat(format);
}
