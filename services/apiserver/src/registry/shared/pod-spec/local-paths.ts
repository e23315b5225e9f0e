import { invalidValue, type FieldError } from '@kubernode/apimachinery';

/** No step upwards. */
export function backstepFaults(target: string, path: string): FieldError[] {
  return target.split('/').includes('..') ? [invalidValue(path, target, "must not contain '..'")] : [];
}

/** A path below the directory that it is relative to. */
export function descendingPathFaults(target: string, path: string): FieldError[] {
  return [...(target.startsWith('/') ? [invalidValue(path, target, 'must be a relative path')] : []), ...backstepFaults(target, path)];
}

/** One whose name cannot be mistaken for those that volumes keep for themselves (`..data`). */
export function unreservedPathFaults(target: string, path: string): FieldError[] {
  const reserved = target.startsWith('..') && !target.startsWith('../');
  return [...descendingPathFaults(target, path), ...(reserved ? [invalidValue(path, target, "must not start with '..'")] : [])];
}
