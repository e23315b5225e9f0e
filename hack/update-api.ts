// Generates packages/api's facts and types from reference data about Kubernetes' API.
// usage: tsx hack/update-api.ts --reference DIR --discovery DIR [--check]
//   --reference  a folder with openapi-v3-schemas.json and etcd-keys.json
//   --discovery  a folder of recorded discovery answers (core-resources.json, resources-of-GROUP-VERSION.json)
//   --check      writes nothing; exit status 1 when the checked-in files differ (the verify twin)
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { collectResources, type EtcdKeys } from './api/collect-resources.ts';
import { reachableSchemas, type Schemas } from './api/reachable-schemas.ts';
import { renderTypes } from './api/render-types.ts';
import { renderResourceRefs } from './api/render-resource-refs.ts';

const { values } = parseArgs({ options: { reference: { type: 'string' }, discovery: { type: 'string' }, check: { type: 'boolean' } } });
if (values.reference === undefined || values.discovery === undefined) {
  process.stderr.write('usage: tsx hack/update-api.ts --reference DIR --discovery DIR [--check]\n');
  process.exit(2);
}

const api = path.join(import.meta.dirname, '../packages/api/src');
const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const allSchemas = readJson(path.join(values.reference, 'openapi-v3-schemas.json')) as Schemas; // its own documented shape
const etcdKeys = readJson(path.join(values.reference, 'etcd-keys.json')) as EtcdKeys; // its own documented shape

const resources = collectResources(values.discovery, etcdKeys, allSchemas);
const schemas = reachableSchemas(resources, allSchemas);

const files = new Map<string, string>([
  ['facts/resources.json', `[\n${resources.map((r) => JSON.stringify(r)).join(',\n')}\n]\n`],
  ['facts/schemas.json', `{\n${Object.entries(schemas).map(([name, s]) => `${JSON.stringify(name)}: ${JSON.stringify(s)}`).join(',\n')}\n}\n`],
  ...renderTypes(schemas),
  ['resource-refs.ts', renderResourceRefs(resources)],
]);

let stale = 0;
for (const [name, text] of files) {
  const file = path.join(api, name);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  stale++;
  if (values.check === true) process.stderr.write(`stale: ${name}\n`);
  else {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
process.stdout.write(`${files.size} files, ${stale} ${values.check === true ? 'stale' : 'written'}; ${resources.length} resources, ${Object.keys(schemas).length} schemas\n`);
process.exit(values.check === true && stale > 0 ? 1 : 0);
