import type { coreV1 } from '@kubernode/api';
import { forbiddenField, goQuote, invalidValue, quantityMilliValue, required, subdomainFaults, validateAnnotations, validateLabels, validateLabelSelector, type FieldError } from '@kubernode/apimachinery';
import { accessModeFaults, VOLUME_MODES } from './access-mode-rules.ts';
import { positiveQuantity } from './quantity-rules.ts';
import { oneOf, ruleFaults } from './value-rules.ts';

type ClaimSpec = Readonly<coreV1.PersistentVolumeClaimSpec>;

/** Faults of a claim's spec: that of a claim or that of a template for claims. */
export function claimSpecFaults({ accessModes = [], selector, resources, storageClassName: className, volumeMode, dataSource, dataSourceRef, volumeAttributesClassName: attributes }: ClaimSpec, path: string): FieldError[] {
  const size = resources?.requests?.['storage'];
  return [
    ...(accessModes.length === 0 ? [required(`${path}.accessModes`, 'at least 1 access mode is required')] : []),
    ...validateLabelSelector(selector, `${path}.selector`), ...accessModeFaults(accessModes, `${path}.accessModes`),
    ...(size === undefined ? [required(`${path}.resources[storage]`)] : positiveQuantity(size, `${path}.resources[storage]`)),
    ...(className === undefined || className === '' ? [] : ruleFaults(className, `${path}.storageClassName`, subdomainFaults)),
    ...oneOf(volumeMode, `${path}.volumeMode`, VOLUME_MODES),
    ...(dataSource === undefined ? [] : sourceFaults(dataSource, `${path}.dataSource`)),
    ...(dataSourceRef === undefined ? [] : sourceFaults(dataSourceRef, `${path}.dataSourceRef`)),
    ...(attributes === undefined || attributes === '' ? [] : ruleFaults(attributes, `${path}.volumeAttributesClassName`, subdomainFaults)),
  ];
}

function sourceFaults({ name = '', kind = '', apiGroup }: Readonly<Partial<coreV1.TypedLocalObjectReference>>, path: string): FieldError[] {
  const foreign = (apiGroup ?? '') === '' && kind !== 'PersistentVolumeClaim';
  return [
    ...(name === '' ? [required(`${path}.name`)] : []), ...(kind === '' ? [required(`${path}.kind`)] : []),
    ...(foreign ? [invalidValue(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup")] : []),
  ];
}

/** A template for claims of an ephemeral volume: labels, annotations and a spec, nothing else. */
export function claimTemplateFaults({ metadata, spec }: Readonly<coreV1.PersistentVolumeClaimTemplate>, path: string): FieldError[] {
  const { labels, annotations, creationTimestamp: _absent, ...others }: Partial<NonNullable<typeof metadata>> = metadata ?? {};
  return [
    ...validateAnnotations(annotations, `${path}.metadata.annotations`), ...validateLabels(labels, `${path}.metadata.labels`),
    ...Object.keys(others).map((field) => forbiddenField(`${path}.metadata.${field}`, 'cannot be set')), ...claimSpecFaults(spec, `${path}.spec`),
  ];
}

/** Parts of a byte are not stored. */
export function claimSpecWarnings({ resources }: ClaimSpec, path: string): string[] {
  return (['requests', 'limits'] as const).flatMap((kind) => {
    const size = resources?.[kind]?.['storage'];
    return size === undefined || quantityMilliValue(size) % 1000 === 0 ? [] : [`${path}.resources.${kind}[storage]: fractional byte value ${goQuote(size)} is invalid, must be an integer`];
  });
}
