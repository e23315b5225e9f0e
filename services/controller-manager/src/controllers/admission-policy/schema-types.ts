import { referencedName, type Schema } from '@kubernode/apimachinery';
import { boolType, bytesType, CelError, doubleType, durationType, dynType, intType, listType, mapType, stringType, structType, timestampType, type CelType, type TypeProvider } from '@kubernode/cel';

const TEXT_TYPES: Readonly<Record<string, CelType>> = { byte: bytesType, duration: durationType, date: timestampType, 'date-time': timestampType, 'int-or-string': dynType };

/** Schemas as types of expressions: what fields an object has and what they hold. Objects are found when an expression reaches them, so schemas may refer to themselves. */
export class SchemaTypes implements TypeProvider {
  readonly #resolve: (name: string) => Schema | undefined;
  readonly #structs = new Map<string, Schema>();

  constructor(resolve: (name: string) => Schema | undefined) { this.#resolve = resolve; }

  /** `name` becomes the names of the objects below. Undefined for what expressions cannot look at. */
  declare(schema: Schema, name: string): CelType | undefined {
    const resolved = this.#resolved(schema);
    switch (resolved?.type) {
      case 'object': return this.#declareObject(resolved, name);
      case 'array': {
        const items = resolved.items === undefined ? undefined : this.declare(resolved.items, `${name}.@idx`);
        return items && listType(items);
      }
      case 'string': return TEXT_TYPES[resolved.format ?? ''] ?? stringType;
      case 'integer': return intType;
      case 'number': return doubleType;
      case 'boolean': return boolType;
      case undefined: return resolved?.oneOf === undefined && resolved?.['x-kubernetes-int-or-string'] !== true ? undefined : dynType;
    }
  }

  hasStruct(name: string): boolean {
    return this.#structs.has(name);
  }

  fieldType(struct: string, field: string): CelType | undefined {
    const property = this.#structs.get(struct)?.properties?.[field];
    return property && this.declare(property, `${struct}.${field}`);
  }

  create(struct: string): CelError {
    return new CelError(`unknown type: ${struct}`);
  }

  #declareObject(schema: Schema, name: string): CelType | undefined {
    const { additionalProperties } = schema;
    if (typeof additionalProperties === 'object') {
      const values = this.declare(additionalProperties, `${name}.@elem`);
      return values && mapType(stringType, values);
    }
    this.#structs.set(name, schema);
    return structType(name);
  }

  #resolved(schema: Schema): Schema | undefined {
    const name = referencedName(schema);
    return name === undefined ? schema : this.#resolve(name);
  }
}
