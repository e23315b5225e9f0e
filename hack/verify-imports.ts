// Checks the layers of docs/ARCHITECTURE.md: a workspace imports lower layers only, through the other's door, and says so in its
// package.json; pure folders import nothing that acts; ambient time and chance stay in packages/base. No exemptions.
// usage: tsx hack/verify-imports.ts
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');

/** Layer of each workspace; `testing` may import any package and is imported by tests only, of which the simulation is one. */
const LAYERS: Readonly<Record<string, number>> = {
  base: 0, apimachinery: 1, api: 2, cel: 2, helm: 3, apiextensions: 3, rpc: 2, quota: 3, 'component-base': 2, storage: 3, tracing: 3, profiling: 3, client: 3, 'volume-matching': 3, netfilter: 3, controller: 4, testing: 4.5,
  apiserver: 5, scheduler: 5, 'controller-manager': 5, 'node-agent': 5, 'network-policy': 5, 'simulated-nodes': 5, proxy: 5, dns: 5, cli: 5, kubernode: 6, simulation: 6, 'test-e2e': 6,
};

/** Only the API server speaks to etcd, so that its replicas stay the one way to the data. */
const STORAGE_USERS = new Set(['storage', 'apiserver', 'testing']);

/** Folders of decisions: they get data and give data. */
const PURE = /packages\/volume-matching\/|services\/(controller-manager\/src\/controllers|scheduler\/src\/plugins|proxy\/src\/topology|dns\/src\/zone|network-policy\/src\/(policy|rules))\/|\/compute-[^/]*\.ts$/;
const ACTING = /^(node:(fs|net|http|https|child_process|timers|dgram|tls)(\/|$)|@kubernode\/rpc$)/;

const AMBIENT = /\b(Date\.now\(|new Date\(\)|Math\.random\(|setTimeout\(|setInterval\(|setImmediate\(|randomUUID\(|console\.)/;
/** The one waits by the system's clock, the other is remembered by a long-lived signal for ever (Node 20). */
const AMBIENT_SIGNAL = /\bAbortSignal\.(timeout|any)\(/;

const problems: string[] = [];
for (const folder of ['packages', 'services']) for (const name of readdirSync(path.join(root, folder))) checkWorkspace(`${folder}/${name}`, name);
checkWorkspace('simulation', 'simulation');
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`imports: ${problems.length} problems\n`);
process.exit(problems.length > 0 ? 1 : 0);

function checkWorkspace(dir: string, name: string): void {
  if (LAYERS[name] === undefined) { problems.push(`${dir}: has no layer in hack/verify-imports.ts`); return; }
  const manifest = JSON.parse(readFileSync(path.join(root, dir, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> }; // npm's own shape
  const allowed = new Set(Object.keys(manifest.dependencies ?? {}));
  const used = new Set<string>();
  for (const file of sources(path.join(root, dir, 'src'))) checkFile({ file, dir, name, allowed, used });
  for (const one of allowed) if (!used.has(one)) problems.push(`${dir}/package.json: nothing that ships imports ${one}`);
}

function sources(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts')).map((f) => path.join(dir, f));
}

function checkFile({ file, dir, name, allowed, used }: { file: string; dir: string; name: string; allowed: ReadonlySet<string>; used: Set<string> }): void {
  const shown = path.relative(root, file);
  const text = readFileSync(file, 'utf8');
  const isTest = file.endsWith('.test.ts');
  for (const [statement, typeOnly, specifier = ''] of text.matchAll(/^\s*(?:import|export)\s+(type\s)?(?:[^'";]*?from\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm)) {
    const target = specifier === '' ? /'([^']+)'\)$/.exec(statement)?.[1] ?? '' : specifier;
    if (!isTest) used.add(packageOf(target));
    checkImport({ shown, file, dir, name, allowed, isTest, target, typeOnly: typeOnly !== undefined });
  }
  if (name === 'base' || isTest || name === 'testing') return;
  text.split('\n').forEach((line, i) => {
    const code = line.replace(/\/\/.*$|^\s*\*.*$/, '');
    if (AMBIENT_SIGNAL.test(code)) problems.push(`${shown}:${i + 1}: take timeLimit or linkSignals of packages/base, and dispose of what they give`);
    if (AMBIENT.test(code)) problems.push(`${shown}:${i + 1}: ambient time, chance or console; take a Clock, an Rng or a Logger`);
  });
}

interface Import { shown: string; file: string; dir: string; name: string; allowed: ReadonlySet<string>; isTest: boolean; target: string; typeOnly: boolean }

function checkImport({ shown, file, dir, name, allowed, isTest, target, typeOnly }: Import): void {
  if (target.startsWith('.')) {
    const inside = path.resolve(path.dirname(file), target).startsWith(path.join(root, dir) + path.sep);
    if (!inside) problems.push(`${shown}: '${target}' leaves the workspace; import it through its door`);
    return;
  }
  if (PURE.test(shown) && !isTest && (ACTING.test(target) || (target === '@kubernode/client' && !typeOnly))) problems.push(`${shown}: a pure folder may not import ${target}`);
  if (!target.startsWith('@kubernode/')) {
    const packageName = packageOf(target);
    if (!target.startsWith('node:') && !isTest && !allowed.has(packageName)) problems.push(`${shown}: ${packageName} is not among the dependencies of ${dir}/package.json`);
    return;
  }
  const [, other = '', deep] = target.split('/');
  if (deep !== undefined) problems.push(`${shown}: '${target}' is a deep import`);
  if (other === 'testing') { if (!isTest && name !== 'testing' && name !== 'simulation') problems.push(`${shown}: only tests import @kubernode/testing`); return; }
  if ((LAYERS[other] ?? Infinity) >= (LAYERS[name] ?? 0)) problems.push(`${shown}: ${name} may not import ${other}: not a lower layer`);
  if (other === 'storage' && !STORAGE_USERS.has(name)) problems.push(`${shown}: only the API server imports storage`);
  if (!isTest && !allowed.has(`@kubernode/${other}`)) problems.push(`${shown}: @kubernode/${other} is not among the dependencies of ${dir}/package.json`);
}

function packageOf(target: string): string {
  return target.split('/').slice(0, target.startsWith('@') ? 2 : 1).join('/');
}
