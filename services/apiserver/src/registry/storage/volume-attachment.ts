import type { storageV1 } from '@kubernode/api';
import { forbiddenField, invalidValue, required, subdomainFaults, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { csiDriverNameFaults } from '../shared/csi-driver-name.ts';
import { internalJson } from '../shared/go-text/internal-json.ts';
import type { Strategy } from '../strategy.ts';
import { jsonEquals } from '../write/json-equals.ts';

type VolumeAttachment = storageV1.VolumeAttachment & KubeObject;

export const volumeAttachmentStrategy: Strategy<VolumeAttachment> = {
  prepareForCreate: (object) => { object.status = { attached: false }; },
  validate,
  validateUpdate: (object, old) => [...validate(object), ...(jsonEquals(object.spec, old.spec) ? [] : [invalidValue('spec', internalJson('VolumeAttachmentSpec', object.spec ?? {}), 'field is immutable')])],
  allowUnconditionalUpdate: false,
  returnsDeletedObject: true,
};

function validate({ spec }: Readonly<VolumeAttachment>): FieldError[] {
  return specFaults(spec ?? {});
}

function specFaults({ attacher = '', nodeName = '', source }: Readonly<Partial<storageV1.VolumeAttachmentSpec>>): FieldError[] {
  const name = source?.persistentVolumeName;
  return [
    ...csiDriverNameFaults(attacher, 'spec.attacher'), ...sourceFaults(source ?? {}),
    ...subdomainFaults(nodeName).map((fault) => invalidValue('spec.nodeName', nodeName, fault)),
    ...(name === undefined ? [] : subdomainFaults(name).map((fault) => invalidValue('spec.source.persistentVolumeName', name, fault))),
  ];
}

function sourceFaults({ inlineVolumeSpec, persistentVolumeName }: Readonly<storageV1.VolumeAttachmentSource>): FieldError[] {
  if (inlineVolumeSpec === undefined && persistentVolumeName === undefined) return [required('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName')];
  if (inlineVolumeSpec !== undefined && persistentVolumeName !== undefined) return [forbiddenField('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName')];
  return persistentVolumeName === '' ? [required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName')] : [];
}
