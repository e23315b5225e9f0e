import { errorMessage } from '@kubernode/base';
import { toPlain, typeOf } from '../values/value.ts';
import type { Values } from '../values/values.ts';
import type { Chart } from './chart.ts';

/** What values.schema.json of the chart and of its dependencies have against the values; '' when nothing. */
export async function schemaFaults(chart: Chart, values: Values): Promise<string> {
  const own = chart.schema === undefined ? [] : await faultsOf(chart.schema, values);
  const parts = own.length === 0 ? [] : [`${chart.metadata.name}:\n${own.map((fault) => `- ${fault}\n`).join('')}`];
  for (const dependency of chart.dependencies) {
    const { name } = dependency.metadata;
    const inner = values.get(name);
    if (inner === undefined || inner === null) continue;
    parts.push(inner instanceof Map ? await schemaFaults(dependency, inner) : `${name}:\ninvalid type for values: expected object (map), got ${typeOf(inner)}\n`);
  }
  return parts.join('');
}

async function faultsOf(schema: Buffer, values: Values): Promise<string[]> {
  // Loaded when first used: most charts have no schema. In a bundle these have their default export alone. A chart's schema is the chart author's, whose templates run here anyway.
  const [{ default: { Ajv } }, { default: { Ajv2019 } }, { default: { Ajv2020 } }] = await Promise.all([import('ajv'), import('ajv/dist/2019.js'), import('ajv/dist/2020.js')]);
  try {
    const parsed = JSON.parse(schema.toString('utf8')) as { $schema?: string } | boolean; // any JSON; the validator checks it
    const draft = typeof parsed === 'boolean' ? '' : parsed.$schema ?? '';
    const { $schema: _, ...rest } = typeof parsed === 'boolean' ? { $schema: undefined } : parsed;
    const Validator = draft.includes('2019-09') ? Ajv2019 : draft.includes('draft-0') ? Ajv : Ajv2020;
    const validate = new Validator({ allErrors: true, strict: false, logger: false, validateFormats: false }).compile(typeof parsed === 'boolean' ? parsed : rest);
    const plain: unknown = JSON.parse(JSON.stringify(toPlain(new Map(values)), (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)));
    if (validate(plain)) return [];
    return (validate.errors ?? []).filter(({ keyword }) => keyword !== 'if').map(({ instancePath, message = '', params, keyword }) => `at '${instancePath}': ${describe({ keyword, message, params: params as Record<string, unknown>, value: valueAt(plain, instancePath) })}`); // ajv's own shape
  } catch (error) { return [`values.schema.json: ${errorMessage(error)}`]; }
}

function valueAt(plain: unknown, pointer: string): unknown {
  return pointer.split('/').slice(1).reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], plain); // the validator has been there
}

function typeName(value: unknown): string { return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value; }

function describe({ keyword, message, params, value }: { keyword: string; message: string; params: Record<string, unknown>; value: unknown }): string {
  switch (keyword) {
    case 'type': return `got ${typeName(value)}, want ${[params['type']].flat().join(' or ')}`;
    case 'minimum': return `minimum: got ${String(value)}, want ${String(params['limit'])}`;
    case 'maximum': return `maximum: got ${String(value)}, want ${String(params['limit'])}`;
    case 'pattern': return `'${String(value)}' does not match pattern '${String(params['pattern'])}'`;
    case 'required': return `missing property '${String(params['missingProperty'])}'`;
    case 'additionalProperties': return `additional properties '${String(params['additionalProperty'])}' not allowed`;
    case 'enum': return `value must be one of ${(params['allowedValues'] as unknown[]).map((one) => JSON.stringify(one).replace(/^"(.*)"$/, "'$1'")).join(', ')}`; // a list by ajv's word
    default: return message;
  }
}
