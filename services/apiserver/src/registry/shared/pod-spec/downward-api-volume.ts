import type { coreV1 } from '@kubernode/api';
import { invalidValue, required, type FieldError } from '@kubernode/apimachinery';
import { filled } from '../value-rules.ts';
import { FILE_FIELDS, fieldRefFaults, resourceRefFaults } from './field-refs.ts';
import { fileModeFaults } from './local-volumes.ts';
import { unreservedPathFaults } from './local-paths.ts';

/** Kubernetes leaves the index of the file out of the path. */
export function downwardApiVolumeFaults({ defaultMode, items = [] }: Readonly<coreV1.DownwardAPIVolumeSource>, path: string): FieldError[] {
  return [...fileModeFaults(defaultMode, `${path}.defaultMode`), ...items.flatMap((file) => downwardApiFileFaults(file, path))];
}

export function downwardApiFileFaults({ path: target = '', fieldRef, resourceFieldRef, mode }: Readonly<Partial<coreV1.DownwardAPIVolumeFile>>, path: string): FieldError[] {
  const errors = [...filled(target, `${path}.path`), ...unreservedPathFaults(target, `${path}.path`)];
  if (fieldRef !== undefined) {
    errors.push(...fieldRefFaults(fieldRef, FILE_FIELDS, `${path}.fieldRef`));
    if (resourceFieldRef !== undefined) errors.push(invalidValue(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
  } else if (resourceFieldRef !== undefined) errors.push(...resourceRefFaults(resourceFieldRef, `${path}.resourceFieldRef`, { isFile: true }));
  else errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  return [...errors, ...fileModeFaults(mode, `${path}.mode`)];
}
