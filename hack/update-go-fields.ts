// Generates packages/api/src/facts/go-fields.json: how the fields of Kubernetes' Go types are written, which OpenAPI does not say.
// usage: tsx hack/update-go-fields.ts --source DIR [--check]
//   --source  a tree of Kubernetes' source (with staging/src/k8s.io)
//   --check   writes nothing; exit status 1 when the checked-in file differs (the verify twin)
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readGoPackage, type GoField, type GoPackages } from './api/go-structs.ts';

interface Fields { omit?: string[]; always?: Record<string, unknown>; types?: Record<string, string> }

const { values } = parseArgs({ options: { source: { type: 'string' }, check: { type: 'boolean' } } });
if (values.source === undefined) {
  process.stderr.write('usage: tsx hack/update-go-fields.ts --source DIR [--check]\n');
  process.exit(2);
}
const staging = path.join(values.source, 'staging/src');
const facts = path.join(import.meta.dirname, '../packages/api/src/facts');
const schemas = JSON.parse(readFileSync(path.join(facts, 'schemas.json'), 'utf8')) as Record<string, { properties?: object }>; // the shape of our own facts
const packages: GoPackages = new Map();

/** Types that write their own JSON, with what they write when nothing was set. */
const ZERO_OF_SPECIAL: Readonly<Record<string, unknown>> = {
  Time: null, MicroTime: null, Duration: '0s', Quantity: '0', IntOrString: 0, RawExtension: null, JSON: null, FieldsV1: null,
  JSONSchemaPropsOrArray: null, JSONSchemaPropsOrBool: null, JSONSchemaPropsOrStringArray: null,
};

const lines: string[] = [];
for (const [name, schema] of Object.entries(schemas)) {
  const fields = schema.properties === undefined ? {} : fieldsOf(name);
  if (Object.keys(fields).length > 0) lines.push(`${JSON.stringify(name)}: ${JSON.stringify(fields)}`);
}
const text = `{\n${lines.join(',\n')}\n}\n`;
const file = path.join(facts, 'go-fields.json');
if (values.check === true) process.exit(readFileSync(file, 'utf8') === text ? 0 : 1);
writeFileSync(file, text);
process.stdout.write(`${lines.length} schemas with facts about fields\n`);

/** `io.k8s.api.core.v1.Pod` → package k8s.io/api/core/v1, type Pod. */
function fieldsOf(schema: string): Fields {
  const dot = schema.lastIndexOf('.');
  const goPackage = schema.slice(0, dot).replace('io.k8s.', 'k8s.io/').replaceAll('.', '/').replace('k8s/io', 'k8s.io');
  const fields: Required<Fields> = { omit: [], always: {}, types: {} };
  for (const field of structFields(goPackage, schema.slice(dot + 1))) describe(field, fields);
  return {
    ...(fields.omit.length > 0 && { omit: fields.omit }), ...(Object.keys(fields.always).length > 0 && { always: fields.always }),
    ...(Object.keys(fields.types).length > 0 && { types: fields.types }),
  };
}

function structFields(goPackage: string, type: string): GoField[] {
  const found = load(goPackage).types.get(type);
  if (found?.fields === undefined) return [];
  return found.fields.flatMap((field) => {
    if (!field.inline) return [field];
    const { goPackage: owner, name } = qualify(field, field.type);
    return name === 'TypeMeta' ? [] : structFields(owner, name);
  });
}

function load(goPackage: string): ReturnType<typeof readGoPackage> {
  let loaded = packages.get(goPackage);
  if (loaded === undefined) packages.set(goPackage, loaded = readGoPackage(staging, goPackage));
  return loaded;
}

function qualify(field: Pick<GoField, 'goPackage' | 'imports'>, type: string): { goPackage: string; name: string } {
  const [alias, name] = type.includes('.') ? type.split('.') : [undefined, type];
  return { goPackage: alias === undefined ? field.goPackage : field.imports.get(alias) ?? alias, name: name ?? '' };
}

/** What a Go type is made of: `string`, `bool`, `int32`, `slice`, `map`, `struct`, or a type with JSON of its own. */
function kindOf(field: GoField, type: string): string {
  if (type.startsWith('[]')) return 'slice';
  if (type.startsWith('map[')) return 'map';
  if (/^(string|bool|u?int(8|16|32|64)?|float(32|64)|byte)$/.test(type)) return type;
  const { goPackage, name } = qualify(field, type);
  if (name in ZERO_OF_SPECIAL) return name;
  const found = load(goPackage).types.get(name);
  if (found === undefined) throw new Error(`unknown type ${goPackage}.${name}`);
  return found.fields === undefined ? kindOf({ ...field, goPackage, imports: found.imports }, found.underlying) : 'struct';
}

function describe(field: GoField, fields: Required<Fields>): void {
  const pointer = field.type.startsWith('*');
  const bare = pointer ? field.type.slice(1) : field.type;
  const kind = kindOf(field, bare);
  const named = typeText(field, bare, kind);
  if (named !== undefined) fields.types[field.json] = named;
  if (pointer || kind === 'slice' || kind === 'map') {
    if (!field.omitEmpty) fields.always[field.json] = null;
  } else if (kind === 'struct') {
    if (!field.omitZero) fields.always[field.json] = {};
  } else if (kind in ZERO_OF_SPECIAL) {
    if (!field.omitZero) fields.always[field.json] = ZERO_OF_SPECIAL[kind];
  } else if (field.omitEmpty) fields.omit.push(field.json);
  else fields.always[field.json] = kind === 'string' ? '' : kind === 'bool' ? false : 0;
}

/** The name by which a decoding error calls the type, where it cannot be told from the schema. */
function typeText(field: GoField, type: string, kind: string): string | undefined {
  if (kind === 'struct' || kind in ZERO_OF_SPECIAL) return undefined;
  if (kind === 'slice' && type.startsWith('[]')) {
    const element = type.slice(2);
    const elementKind = kindOf(field, element.replace(/^\*/, ''));
    if (element.startsWith('*')) return `[]${goTypeText(field, element)}`;
    const inner = typeText(field, element, elementKind);
    return inner === undefined ? undefined : `[]${inner}`;
  }
  if (type.includes('[') || /^[a-z0-9]+$/.test(type)) return undefined;
  return goTypeText(field, type);
}

function goTypeText(field: GoField, type: string): string {
  const { goPackage, name } = qualify(field, type.replace(/^\*/, ''));
  return `${type.startsWith('*') ? '*' : ''}${path.basename(goPackage)}.${name}`;
}
