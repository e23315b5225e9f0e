import { referencedName } from './resolve-schema.ts';
import type { Schema } from './schema.ts';

/** The Go type of a schema as error messages write it: `[]v1.Container`, `map[string]string`, `int32`. */
export function goTypeText(schema: Schema): string {
  const name = referencedName(schema);
  if (name !== undefined) return nameText(name);
  switch (schema.type) {
    case 'array': return `[]${schema.items === undefined ? 'interface {}' : goTypeText(schema.items)}`;
    case 'object': return `map[string]${typeof schema.additionalProperties === 'object' ? goTypeText(schema.additionalProperties) : 'interface {}'}`;
    case 'string': return schema.format === 'byte' ? '[]uint8' : 'string';
    case 'integer': return schema.format ?? 'int64';
    case 'number': return 'float64';
    case 'boolean': return 'bool';
    default: return 'interface {}';
  }
}

/** `io.k8s.api.core.v1.Container` → `v1.Container`. */
function nameText(name: string): string {
  return name.split('.').slice(-2).join('.');
}

/** The struct's own name, as errors put it before the path. */
export function structText(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
