import { isJsonObject, type Json, type JsonObject } from '@kubernode/apimachinery';
import shapeJson from './pod-template-shape.json' with { type: 'json' };
import { dumpQuantity } from './dump-quantity.ts';

/** A Go struct's fields in order: Go name, JSON name ('' where embedded), type as Go prints it, with `=KIND` behind what is no struct. */
type Shape = Readonly<Record<string, readonly (readonly [name: string, json: string, type: string])[]>>;
const shape = shapeJson as unknown as Shape; // printed by hack/pod-template from Kubernetes' own types

const ZERO_TIME = '{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}';

/**
 * A pod template as spew's `%#v` prints the Go value that it decodes to. Kubernetes hashes this text, so that pod-template-hash
 * depends on every field's Go name, type and place. Empty lists and maps print as nil, since protobuf carries no empty ones.
 */
export function dumpPodTemplate(template: unknown): string {
  return typed('v1.PodTemplateSpec', template as Json); // objects of the API are JSON
}

/** `(type)value`; a pointer's type is printed with its asterisk and its target without a type. */
function typed(type: string, value: Json | undefined): string {
  const name = nameOf(type);
  if (!name.startsWith('*')) return `(${name})${plain(type, value)}`;
  const target = type.slice(1);
  return value === undefined || value === null ? `(${name})<nil>` : `(${name})${plain(target, value)}`;
}

function plain(type: string, value: Json | undefined): string {
  const name = nameOf(type);
  if (name.startsWith('[]')) return Array.isArray(value) && value.length > 0 ? `[${value.map((one) => element(type, name.slice(2), one)).join(' ')}]` : '<nil>';
  if (name.startsWith('map[string]')) return dumpMap(value, (one) => element(type, name.slice('map[string]'.length), one));
  switch (name) {
    case 'v1.ResourceList': return dumpMap(value, (one) => dumpQuantity(String(one)));
    case 'resource.Quantity': return dumpQuantity(value === undefined || value === null ? undefined : String(value));
    case 'intstr.IntOrString': return intOrString(value);
    case 'v1.Time': return ZERO_TIME; // templates carry no times
    default: return isJsonObject(value) || name in shape ? struct(name, isJsonObject(value) ? value : {}) : scalar(type, value);
  }
}

/** A list's or a map's elements print without a type; the kind of scalars is noted on the whole. */
function element(whole: string, name: string, value: Json): string {
  const kind = kindOf(whole);
  return plain(kind === undefined ? name : `${name}=${kind}`, value);
}

function struct(name: string, value: JsonObject): string {
  const fields = shape[name] ?? [];
  return `{${fields.map(([field, json, type]) => `${field}:${typed(type, json === '' ? value : value[json])}`).join(' ')}}`;
}

function dumpMap(value: Json | undefined, dump: (one: Json) => string): string {
  if (!isJsonObject(value) || Object.keys(value).length === 0) return '<nil>';
  return `map[${Object.keys(value).sort(byBytes).map((key) => `${key}:${dump(value[key] ?? null)}`).join(' ')}]`;
}

function byBytes(a: string, b: string): number { return Buffer.compare(Buffer.from(a), Buffer.from(b)); }

function intOrString(value: Json | undefined): string {
  if (typeof value === 'string') return `{Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string)${value}}`;
  return `{Type:(intstr.Type)0 IntVal:(int32)${String(value ?? 0)} StrVal:(string)}`;
}

function scalar(type: string, value: Json | undefined): string {
  if (value !== undefined && value !== null) return String(value);
  switch (kindOf(type)) {
    case 'string': return '';
    case 'bool': return 'false';
    default: return '0';
  }
}

function nameOf(type: string): string {
  const equals = type.indexOf('=');
  return equals < 0 ? type : type.slice(0, equals);
}

function kindOf(type: string): string | undefined {
  const equals = type.indexOf('=');
  return equals < 0 ? undefined : type.slice(equals + 1);
}
