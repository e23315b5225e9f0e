// Generates packages/api/src/facts/enums.json: the values that fields with a closed set may take, by schema and field.
// usage: tsx hack/update-enums.ts --definitions FILE [--check]
//   --definitions  Kubernetes' generated OpenAPI definitions (zz_generated.openapi.go)
//   --check        writes nothing; exit status 1 when the checked-in file differs (the verify twin)
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

type Enums = Record<string, Record<string, string[]>>;

const { values } = parseArgs({ options: { definitions: { type: 'string' }, check: { type: 'boolean' } } });
if (values.definitions === undefined) {
  process.stderr.write('usage: tsx hack/update-enums.ts --definitions FILE [--check]\n');
  process.exit(2);
}
const facts = path.join(import.meta.dirname, '../packages/api/src/facts');
const schemas = JSON.parse(readFileSync(path.join(facts, 'schemas.json'), 'utf8')) as Record<string, unknown>; // the shape of our own facts
const enums = collectEnums(readFileSync(values.definitions, 'utf8'), new Set(Object.keys(schemas)));
const text = `{\n${Object.entries(enums).map(([name, fields]) => `${JSON.stringify(name)}: ${JSON.stringify(fields)}`).join(',\n')}\n}\n`;
const file = path.join(facts, 'enums.json');
if (values.check === true) process.exit(readFileSync(file, 'utf8') === text ? 0 : 1);
writeFileSync(file, text);
process.stdout.write(`${Object.keys(enums).length} schemas with enums\n`);

function collectEnums(definitions: string, wanted: ReadonlySet<string>): Enums {
  const enums: Enums = {};
  for (const definition of definitions.split(/^func schema_/m).slice(1)) {
    const schema = [...wanted].find((name) => goName(name) === definition.slice(0, definition.indexOf('(')));
    if (schema === undefined) continue;
    for (const [, field, list] of definition.matchAll(/^\t{5,6}"(\w+)": \{\n(?:(?!^\t{5,6}\}).*\n)*?.*Enum: +\[\]interface\{\}\{(.*)\},$/gm)) {
      if (field !== undefined && list !== undefined) (enums[schema] ??= {})[field] = JSON.parse(`[${list}]`) as string[]; // Go's and JSON's string literals agree here
    }
  }
  return enums;
}

/** `io.k8s.api.core.v1.Pod` → `k8sio_api_core_v1_Pod`: how the generator names its functions. */
function goName(schema: string): string {
  const [tld, domain, ...rest] = schema.split('.');
  return [`${domain}${tld}`, ...rest].join('_').replaceAll('-', '_');
}
