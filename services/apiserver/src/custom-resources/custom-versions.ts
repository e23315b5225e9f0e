import type { SchemaProps } from '@kubernode/apiextensions';
import { formatApiVersion, type JsonObject, type KubeObject, type Schema } from '@kubernode/apimachinery';
import type { AttributesOf, ObjectStore } from '@kubernode/storage';
import type { ResourceStorage, ServedResource } from '../registry/served-resource.ts';
import type { Converter } from './conversion/converter.ts';
import { customStrategy } from './custom-strategy.ts';
import type { CustomTraits } from './custom-traits.ts';
import { isTrue, type Definition, type DefinitionVersion } from './definition.ts';
import { deprecationWarning } from './deprecation.ts';
import { fieldSchema } from './field-schema.ts';
import { selectableValues, type SelectableValues } from './selectable-values.ts';
import { servedVersions, storageVersion, type ServedVersion } from './served-versions.ts';
import { VersionForms } from './version-forms.ts';
import { VersionStore } from './version-store.ts';

export interface CustomVersionsInit { store: ObjectStore; converter: Converter; ended: AbortSignal }

/** The versions of one custom resource as its definition has them: made anew whenever the definition says something else. */
export class CustomVersions {
  readonly #definition: Readonly<Definition>;
  readonly #init: CustomVersionsInit;
  readonly #storages = new Map<string, ResourceStorage>();
  readonly #fieldSchemas = new Map<string, Schema>();

  constructor(definition: Readonly<Definition>, init: CustomVersionsInit) {
    this.#definition = definition;
    this.#init = init;
  }

  /** What requests may name now. Versions keep their stores, whatever becomes of the definition's conditions. */
  served(definition: Readonly<Definition>): ServedResource[] {
    const isTerminating = isTrue(definition, 'Terminating');
    return servedVersions(definition).map((one) => this.#resource(one, isTerminating));
  }

  /** The storage as the stored version sees it, for the server's own reading and for removing everything. */
  stored(): ResourceStorage {
    const name = storageVersion(this.#definition);
    const version = this.#definition.spec.versions.find((one) => one.name === name) ?? this.#definition.spec.versions[0];
    if (version === undefined) throw new Error('broken invariant: a definition without versions');
    return this.#storageOf(version);
  }

  #resource({ version, offered: { custom: _custom, customSchema: _schema, selectableFields: _fields, ...facts } }: ServedVersion, isTerminating: boolean): ServedResource {
    const kind = this.#kindOf(version);
    return { facts, kind, apiVersion: formatApiVersion(kind), storage: this.#storageOf(version), custom: this.#traits(version, isTerminating) };
  }

  #traits(version: DefinitionVersion, isTerminating: boolean): CustomTraits {
    const { spec, status } = this.#definition;
    const fieldSchemaOf = this.#fieldSchema.bind(this);
    return {
      listKind: status?.acceptedNames?.listKind ?? spec.names.listKind ?? `${spec.names.kind}List`,
      schema: version.schema?.openAPIV3Schema, keepsUnknown: spec.preserveUnknownFields === true, isTerminating,
      get fieldSchema() { return fieldSchemaOf(version); },
      columns: version.additionalPrinterColumns as CustomTraits['columns'] | undefined ?? [], // their types are checked by validation
      scale: version.subresources?.scale,
      deprecationWarning: deprecationWarning(this.#definition, version),
      convert: async (object, apiVersion) => (await this.#init.converter.convert([object], apiVersion))[0] as JsonObject, // as many as were given
      convertFields: (object, apiVersion) => {
        const other = spec.versions.find(({ name, served }) => served && `${spec.group}/${name}` === apiVersion);
        return other && { object: { ...object, apiVersion }, schema: this.#fieldSchema(other) };
      },
    };
  }

  #fieldSchema(version: DefinitionVersion): Schema {
    let schema = this.#fieldSchemas.get(version.name);
    if (schema === undefined) this.#fieldSchemas.set(version.name, schema = fieldSchema(version.schema?.openAPIV3Schema));
    return schema;
  }

  #storageOf(version: DefinitionVersion): ResourceStorage {
    let storage = this.#storages.get(version.name);
    if (storage === undefined) this.#storages.set(version.name, storage = this.#makeStorage(version));
    return storage;
  }

  #makeStorage(version: DefinitionVersion): ResourceStorage {
    const { spec } = this.#definition;
    const { group, names: { plural: resource }, scope } = spec;
    const kind = this.#kindOf(version);
    const namespaced = scope === 'Namespaced';
    const selectableFields = selectableValues(version);
    const hasStatus = version.subresources?.status !== undefined;
    const strategy = customStrategy({ kind, namespaced, schema: version.schema?.openAPIV3Schema, scale: version.subresources?.scale, selectableFields });
    const store = new VersionStore({ store: this.#init.store, forms: this.#formsOf(version, selectableFields), ended: this.#init.ended });
    return { group, resource, namespaced, kind, store, strategy, hasStatus };
  }

  /** Where there was never but one schema and one version, what is stored is what clients see. */
  #formsOf(version: DefinitionVersion, selectable: SelectableValues | undefined): VersionForms | undefined {
    const { spec, metadata: { generation } } = this.#definition;
    if (generation === 1 && spec.versions.length === 1) return undefined;
    const versionOf = (name: string): string => `${spec.group}/${name}`;
    return new VersionForms({
      apiVersion: versionOf(version.name), storageApiVersion: versionOf(storageVersion(this.#definition)),
      schemas: new Map(spec.versions.map(({ name, schema }): [string, SchemaProps | undefined] => [versionOf(name), schema?.openAPIV3Schema])),
      keepsUnknown: spec.preserveUnknownFields === true, converter: this.#init.converter, attributesOf: attributesBy(selectable),
    });
  }

  #kindOf(version: DefinitionVersion): ServedResource['kind'] {
    const { spec, status } = this.#definition;
    return { group: spec.group, version: version.name, kind: status?.acceptedNames?.kind || spec.names.kind };
  }
}

/** What selectors match against. */
export function attributesBy(selectable: SelectableValues | undefined): AttributesOf {
  return (object) => {
    const kubeObject = object as KubeObject; // stores hold only objects
    const { name, namespace = '', labels = {} } = kubeObject.metadata;
    return { labels, fields: { 'metadata.name': name, 'metadata.namespace': namespace, ...selectable?.(kubeObject) } };
  };
}
