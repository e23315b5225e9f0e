import {
  evaluateRules, hasRules, ruleTree, validateEmbeddedObjects, validateListTypes, validateObject, validateValue, type RuleNode, type SchemaProps,
} from '@kubernode/apiextensions';
import { invalidValue, isJsonObject, jsonEquals, validateObjectMeta, validateObjectMetaUpdate, dnsSubdomainName, type FieldError, type GroupVersionKind, type JsonObject, type KubeObject } from '@kubernode/apimachinery';
import type { Strategy, StrategyContext } from '../registry/strategy.ts';
import { finalizerWarnings } from './finalizer-warnings.ts';
import { scaleFaults, type ScalePaths } from './scale-paths.ts';
import type { SelectableValues } from './selectable-values.ts';

export interface CustomStrategyInit {
  kind: GroupVersionKind;
  namespaced: boolean;
  schema: SchemaProps | undefined;
  scale: ScalePaths | undefined;
  selectableFields: SelectableValues | undefined;
}

/** How the objects of one version of a custom resource are prepared and judged. Rules are compiled when the first object comes. */
export function customStrategy(init: CustomStrategyInit): Strategy {
  const judge = new CustomJudge(init);
  return {
    judgesMetadataItself: true,
    allowUnconditionalUpdate: false,
    ...(init.selectableFields && { selectableFields: init.selectableFields }),
    prepareForCreate: (object) => { object.metadata.generation = 1; },
    prepareForUpdate: (object, old, { subresource }) => { prepareUpdate(object, old, subresource); },
    validate: (object) => judge.create(object),
    validateUpdate: (object, old, context) => judge.update(object, old, context),
    warnings: (object, old, { subresource }) => [...(subresource === 'status' ? [] : finalizerWarnings(object, old)), ...judge.ratcheted(object)],
  };
}

/** Any change but of metadata counts as a new generation; /status leaves all but status as it was, metadata too. */
function prepareUpdate(object: KubeObject, old: Readonly<KubeObject>, subresource: string): void {
  if (subresource === 'status') {
    const { managedFields } = object.metadata;
    object.metadata = { ...old.metadata };
    if (managedFields === undefined) delete object.metadata.managedFields;
    else object.metadata.managedFields = managedFields;
    return;
  }
  if (!jsonEquals(withoutMetadata(object), withoutMetadata(old))) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

/** Faults that leave rules without what they look at. */
const BLOCKING: ReadonlySet<string> = new Set(['FieldValueNotSupported', 'FieldValueRequired', 'FieldValueTooLong', 'FieldValueTooMany', 'FieldValueTypeInvalid']);
const UNCHECKED: FieldError = invalidValue('<nil>', null, 'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation');

class CustomJudge {
  readonly #init: CustomStrategyInit;
  #rules: RuleNode | undefined;
  readonly #hasRules: boolean;
  readonly #ratcheted = new WeakMap<object, string[]>();

  constructor(init: CustomStrategyInit) {
    this.#init = init;
    this.#hasRules = hasRules(init.schema);
  }

  create(object: Readonly<KubeObject>): FieldError[] {
    const { namespaced, schema, scale } = this.#init;
    const value = json(object);
    const ofType = this.#typeFaults(object);
    const faults = ofType.length > 0 ? ofType : [
      ...validateObjectMeta(object.metadata, { namespaced, validateName: (name, prefix = false) => dnsSubdomainName(name, prefix) }),
      ...(schema === undefined ? [] : validateObject(value, schema)),
      ...(scale === undefined ? [] : scaleFaults(value, scale, 'all')),
    ];
    if (schema === undefined) return faults;
    faults.push(...validateEmbeddedObjects(value, schema), ...validateListTypes(value, schema));
    return [...faults, ...this.#ruleFaults(faults, object, undefined)];
  }

  update(object: Readonly<KubeObject>, old: Readonly<KubeObject>, { subresource }: StrategyContext): FieldError[] {
    const { schema, scale } = this.#init;
    const [value, before] = [json(object), json(old)];
    const ofStatus = subresource === 'status';
    const ofType = this.#typeFaults(object);
    const faults = ofType.length > 0 ? ofType : [
      ...validateObjectMetaUpdate(object.metadata, old.metadata),
      ...(schema === undefined ? [] : ofStatus ? statusFaults(value, before, schema) : validateObject(value, schema, before)),
      ...(scale === undefined ? [] : scaleFaults(value, scale, ofStatus ? 'status' : 'all')),
    ];
    if (schema === undefined) return faults;
    if (!ofStatus) faults.push(...validateEmbeddedObjects(value, schema));
    const lists = validateListTypes(value, schema);
    if (lists.length > 0 && validateListTypes(before, schema).length === 0) faults.push(...lists);
    return [...faults, ...this.#ruleFaults(faults, object, before)];
  }

  /** What rules found wrong, but was so before and did not change. */
  ratcheted(object: Readonly<KubeObject>): string[] {
    return this.#ratcheted.get(object) ?? [];
  }

  #typeFaults({ kind, apiVersion }: Readonly<KubeObject>): FieldError[] {
    const wanted = this.#init.kind;
    const version = `${wanted.group}/${wanted.version}`;
    return [
      ...(kind === wanted.kind ? [] : [invalidValue('kind', kind, `must be ${wanted.kind}`)]),
      ...(apiVersion === version ? [] : [invalidValue('apiVersion', apiVersion, `must be ${version}`)]),
    ];
  }

  #ruleFaults(faults: readonly FieldError[], object: Readonly<KubeObject>, old: JsonObject | undefined): FieldError[] {
    if (!this.#hasRules || this.#init.schema === undefined) return [];
    if (faults.some(({ reason }) => BLOCKING.has(reason))) return [UNCHECKED];
    this.#rules ??= ruleTree(this.#init.schema);
    if (this.#rules === undefined) return [];
    const outcome = evaluateRules(this.#rules, json(object), old);
    if (outcome.ratcheted.length > 0) this.#ratcheted.set(object, outcome.ratcheted.map(({ field, message }) => `${field}: ${message}`));
    return outcome.faults;
  }
}

/** /status is judged by the schema of status alone. */
function statusFaults({ status }: JsonObject, { status: before }: JsonObject, schema: SchemaProps): FieldError[] {
  const ofStatus = schema.properties?.['status'];
  if (status === undefined || ofStatus === undefined) return [];
  const faults = isJsonObject(status) ? validateObject(status, ofStatus, isJsonObject(before ?? null) ? before as JsonObject : undefined) : validateValue(status, ofStatus); // just looked at
  return faults.map((fault) => ({ ...fault, field: fault.field === '' ? 'status' : `status${fault.field.startsWith('[') ? '' : '.'}${fault.field}` }));
}

function json(object: Readonly<KubeObject>): JsonObject {
  return object as unknown as JsonObject; // custom objects are JSON as they came
}

function withoutMetadata({ metadata: _metadata, ...rest }: Readonly<KubeObject>): JsonObject {
  return rest as JsonObject; // likewise
}
