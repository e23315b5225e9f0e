import type { JsonObject } from '../json.ts';
import type { KubeObject } from '../meta/kube-object.ts';
import type { Schema } from '../schema/schema.ts';
import { createFieldManager, type FieldManager, type FieldManagerOptions } from './field-manager.ts';
import { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.ts';

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const struct = (name: string): Schema => ({ allOf: [ref(name)], default: {} });
const text: Schema = { type: 'string' };
const map: Schema = { type: 'object', additionalProperties: text };
const keyed = (name: string, ...keys: string[]): Schema => ({ type: 'array', items: ref(name), 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys });

/** A small world of schemas with every type of list and map that there is. */
export const schemas: Readonly<Record<string, Schema>> = {
  Thing: { type: 'object', properties: { apiVersion: text, kind: text, metadata: struct('Meta'), data: map, spec: struct('Spec'), status: struct('Status') } },
  Meta: { type: 'object', properties: {
    name: text, namespace: text, uid: text, resourceVersion: text, creationTimestamp: { type: 'string', format: 'date-time' }, labels: map, annotations: map,
    finalizers: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' }, managedFields: { type: 'array', items: map, 'x-kubernetes-list-type': 'atomic' },
  } },
  Spec: { type: 'object', required: ['containers'], properties: {
    replicas: { type: 'integer' }, paused: { type: 'boolean' }, selector: { allOf: [ref('Selector')] }, strategy: struct('Strategy'),
    containers: keyed('Container', 'name'), args: { type: 'array', items: text, 'x-kubernetes-list-type': 'atomic' },
  } },
  Strategy: { type: 'object', properties: { type: text, rolling: { allOf: [ref('Rolling')] } } },
  Rolling: { type: 'object', properties: { surge: text } },
  Selector: { type: 'object', properties: { matchLabels: map }, 'x-kubernetes-map-type': 'atomic' },
  Container: { type: 'object', required: ['name'], properties: { name: text, image: text, env: keyed('EnvVar', 'name'), ports: keyed('Port', 'containerPort', 'protocol') } },
  EnvVar: { type: 'object', required: ['name'], properties: { name: text, value: text } },
  Port: { type: 'object', required: ['containerPort'], properties: { containerPort: { type: 'integer' }, protocol: { ...text, default: 'TCP' }, name: text } },
  Status: { type: 'object', properties: { replicas: { type: 'integer' } } },
};

export const resolver = (name: string): Schema | undefined => schemas[name.replace('#/components/schemas/', '')];
export const T0: number = Date.parse('2026-01-01T00:00:00Z');

export function thingManager(options: Partial<FieldManagerOptions> = {}): FieldManager {
  return createFieldManager({ kind: { group: 'example.com', version: 'v1', kind: 'Thing' }, schema: ref('Thing'), resolver, resetFields: { exclude: [['status']] }, ...options });
}

export function thing(fields: JsonObject = {}, metadata: JsonObject = {}): KubeObject & JsonObject {
  return { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'a', ...metadata }, ...fields } as unknown as KubeObject & JsonObject; // JSON that is an object of the API
}

/** An object that is stored and writes to it in turn, each a second later, as an API server without defaults makes them. */
export class Stored {
  object: KubeObject | undefined;
  #now: number = T0;
  readonly #fields: FieldManager;

  constructor(fields: FieldManager = thingManager()) { this.#fields = fields; }

  update(manager: string, change: JsonObject, metadata: JsonObject = {}): this {
    const live = this.object;
    const next = { ...(live ?? thing()), ...change, metadata: { ...(live ?? thing()).metadata, ...metadata } } as KubeObject; // only fields of the schema
    return this.#store(this.#fields.update({ live, next, manager, now: this.#now }));
  }

  apply(manager: string, fields: JsonObject, { force = false, metadata = {} }: { force?: boolean; metadata?: JsonObject } = {}): this {
    return this.#store(this.#fields.apply({ live: this.object, applied: thing(fields, metadata), manager, force, now: this.#now }));
  }

  /** `manager operation[/subresource] [seconds]` → fields, in order. */
  entries(): [string, JsonObject][] {
    return (this.object?.metadata.managedFields ?? []).map(({ manager = '', operation = '', subresource, time, fieldsV1 }) => [
      `${manager} ${operation}${subresource === undefined ? '' : `/${subresource}`}${time === undefined ? '' : ` ${(Date.parse(time) - T0) / 1000}`}`,
      encodeFieldsV1(decodeFieldsV1(fieldsV1)),
    ]);
  }

  #store(object: KubeObject): this {
    this.object = { ...object, metadata: { uid: 'u1', ...object.metadata } };
    this.#now += 1000;
    return this;
  }
}
