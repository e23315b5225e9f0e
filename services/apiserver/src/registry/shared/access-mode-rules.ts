import { forbiddenField, notSupported, type FieldError } from '@kubernode/apimachinery';

export const ACCESS_MODES: readonly string[] = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
export const VOLUME_MODES: readonly string[] = ['Block', 'Filesystem'];

export function accessModeFaults(modes: readonly string[]): FieldError[] {
  const mixed = modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod' && ACCESS_MODES.includes(mode));
  return [
    ...modes.filter((mode) => !ACCESS_MODES.includes(mode)).map((mode) => notSupported('spec.accessModes', mode, ACCESS_MODES)),
    ...(mixed ? [forbiddenField('spec.accessModes', 'may not use ReadWriteOncePod with other access modes')] : []),
  ];
}
