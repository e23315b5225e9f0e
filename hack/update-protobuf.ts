// Generates packages/api/src/facts/protobuf.json: messages and field numbers behind the schemas of served kinds.
// usage: tsx hack/update-protobuf.ts --reference DIR [--check]
//   --reference  a folder with kubernetes-protobuf-descriptor.json
//   --check      writes nothing; exit status 1 when the checked-in file differs (the verify twin)
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

interface Node { nested?: Record<string, Node>; fields?: Record<string, { type: string; id: number; rule?: string; keyType?: string }> }

const { values } = parseArgs({ options: { reference: { type: 'string' }, check: { type: 'boolean' } } });
if (values.reference === undefined) {
  process.stderr.write('usage: tsx hack/update-protobuf.ts --reference DIR [--check]\n');
  process.exit(2);
}
const facts = path.join(import.meta.dirname, '../packages/api/src/facts');
const root = JSON.parse(readFileSync(path.join(values.reference, 'kubernetes-protobuf-descriptor.json'), 'utf8')) as Node; // protobufjs' own shape
const schemas = Object.keys(JSON.parse(readFileSync(path.join(facts, 'schemas.json'), 'utf8')) as object); // the shape of our own facts

const kept = new Map<string, NonNullable<Node['fields']>>();
for (const schema of schemas) keep(schema.replace(/^io\.k8s\./, 'k8s.io.').replaceAll('-', '_'));
keep('k8s.io.apimachinery.pkg.apis.meta.v1.WatchEvent');
const text = `${JSON.stringify(asTree())}\n`;
const file = path.join(facts, 'protobuf.json');
if (values.check === true) process.exit(readFileSync(file, 'utf8') === text ? 0 : 1);
writeFileSync(file, text);
process.stdout.write(`${kept.size} messages\n`);

/** Keeps a message and all it reaches. */
function keep(name: string): void {
  if (kept.has(name)) return;
  let node: Node | undefined = root;
  for (const part of name.split('.')) node = node?.nested?.[part];
  if (node === undefined) return;
  kept.set(name, node.fields ?? {});
  for (const { type } of Object.values(node.fields ?? {})) {
    if (/^[a-z0-9]+$/.test(type)) continue;
    keep(type.startsWith('.') ? type.slice(1) : `${name.slice(0, name.lastIndexOf('.'))}.${type}`);
  }
}

function asTree(): Node {
  const tree: Node = {};
  for (const [name, fields] of [...kept].sort(([a], [b]) => (a < b ? -1 : 1))) {
    let node = tree;
    for (const part of name.split('.')) node = ((node.nested ??= {})[part] ??= {});
    node.fields = fields;
  }
  return tree;
}
