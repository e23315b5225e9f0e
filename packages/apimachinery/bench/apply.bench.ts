import { createFieldManager, type FieldManager, type JsonObject, type KubeObject, type Schema } from '../src/index.ts';

/**
 * Times of managed fields on large objects: `npx tsx --conditions=source packages/apimachinery/bench/apply.bench.ts`.
 * Times grow with the object, so doubling a size may double its line, no more.
 */
const NOW_MS = 1_767_225_600_000;
const ROUNDS = 20;

const text: Schema = { type: 'string' };
const list = (items: Schema, ...keys: string[]): Schema => ({ type: 'array', items, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys });
const named: Schema = { type: 'object', properties: { name: text, value: text } };
const port: Schema = { type: 'object', properties: { containerPort: { type: 'integer' }, protocol: { ...text, default: 'TCP' } } };
const container: Schema = { type: 'object', properties: { name: text, image: text, env: list(named, 'name'), ports: list(port, 'containerPort', 'protocol') } };
const schema: Schema = { type: 'object', properties: {
  apiVersion: text, kind: text, metadata: { type: 'object', properties: { name: text, uid: text } },
  data: { type: 'object', additionalProperties: text }, spec: { type: 'object', properties: { containers: list(container, 'name') } },
} };

const objectOf = (fields: JsonObject): JsonObject & KubeObject => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a', uid: 'u' }, ...fields });

function configMap(keys: number, value: string): JsonObject {
  return { data: Object.fromEntries(Array.from({ length: keys }, (_, index) => [`key-${index}`, value])) };
}

function containers(count: number, image: string): JsonObject {
  return { spec: { containers: Array.from({ length: count }, (_, index) => ({
    name: `c${index}`, image, env: Array.from({ length: 10 }, (__, env) => ({ name: `E${env}`, value: String(env) })), ports: [{ containerPort: 80 + index }],
  })) } };
}

function measure(name: string, fields: FieldManager, before: JsonObject, after: JsonObject): void {
  const live = fields.update({ live: undefined, next: objectOf(before), manager: 'creator', now: NOW_MS });
  const applied = fields.apply({ live, applied: objectOf(before), manager: 'applier', force: true, now: NOW_MS });
  const timed = (what: string, run: () => KubeObject): void => {
    let best = Infinity;
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      run();
      best = Math.min(best, performance.now() - start);
    }
    process.stdout.write(`${name.padEnd(28)} ${what.padEnd(16)} ${best.toFixed(2)} ms\n`);
  };
  timed('create', () => fields.update({ live: undefined, next: objectOf(before), manager: 'creator', now: NOW_MS }));
  timed('update', () => fields.update({ live, next: { ...live, ...after }, manager: 'updater', now: NOW_MS }));
  timed('apply', () => fields.apply({ live: applied, applied: objectOf(after), manager: 'applier', force: true, now: NOW_MS }));
  timed('apply the same', () => fields.apply({ live: applied, applied: objectOf(before), manager: 'applier', force: true, now: NOW_MS }));
  timed('apply less', () => fields.apply({ live: applied, applied: objectOf({}), manager: 'applier', force: true, now: NOW_MS }));
}

const fields = createFieldManager({ kind: { group: '', version: 'v1', kind: 'Thing' }, schema, resolver: () => undefined });
measure('1 MB in 10 keys', fields, configMap(10, 'x'.repeat(100_000)), configMap(10, 'y'.repeat(100_000)));
measure('1 MB in 10,000 keys', fields, configMap(10_000, 'x'.repeat(100)), configMap(10_000, 'y'.repeat(100)));
measure('100 containers', fields, containers(100, 'a'), containers(100, 'b'));
measure('200 containers', fields, containers(200, 'a'), containers(200, 'b'));
