// `make test`: lint, unit, integration and end-to-end tests; the last line counts them all. Lint and build steps count as one test each.
// usage: tsx hack/test.ts [unit] [integration] [e2e] [lint]     (all without arguments)
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeLeftovers } from '../test-e2e/framework/remove-leftovers.ts';

interface Tally { passed: number; failed: number }

const root = path.join(import.meta.dirname, '..');
/** How Node reads the tests of a project: those that run by jest's own modules need them switched on, the others come as TypeScript. */
const nodeOptions = (project: string): string => (project === 'unit' ? '--import tsx --conditions=source --no-warnings' : '--experimental-vm-modules --no-warnings');
const results = mkdtempSync(path.join(tmpdir(), 'kubernode-test-'));
const chosen = process.argv.slice(2);
const wanted = (what: string): boolean => chosen.length === 0 || chosen.includes(what);

const tallies: Tally[] = [];
if (wanted('lint')) for (const args of [['tsc', '--noEmit'], ['tsx', 'hack/verify-imports.ts'], ['tsx', 'hack/verify-sizes.ts'], ['tsx', '--conditions=source', 'hack/verify-docs.ts'], ['oxlint', '--type-aware', '--quiet']]) tallies.push(step(args));
if (wanted('unit')) tallies.push(jest('unit'));
if (wanted('integration')) tallies.push(jest('integration', '--runInBand'));
if (wanted('e2e')) {
  for (const dir of await removeLeftovers()) process.stdout.write(`removed what an interrupted test left in ${dir}\n`);
  tallies.push(jest('e2e', '--runInBand'));
}
rmSync(results, { recursive: true, force: true });

const total = tallies.reduce((sum, one) => ({ passed: sum.passed + one.passed, failed: sum.failed + one.failed }), { passed: 0, failed: 0 });
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

function step([program = '', ...args]: readonly string[]): Tally {
  const { status } = spawnSync(path.join(root, 'node_modules/.bin', program), args, { cwd: root, stdio: 'inherit' });
  process.stdout.write(`${status === 0 ? 'ok' : 'FAILED'}: ${[program, ...args].join(' ')}\n`);
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

function jest(project: string, ...args: readonly string[]): Tally {
  const file = path.join(results, `${project}.json`);
  const { status } = spawnSync(path.join(root, 'node_modules/.bin/jest'), ['--selectProjects', project, '--json', `--outputFile=${file}`, ...args], {
    cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, NODE_OPTIONS: nodeOptions(project) },
  });
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const report = JSON.parse(readFileSync(file, 'utf8')) as { numPassedTests: number; numFailedTests: number; numRuntimeErrorTestSuites: number }; // jest's own report
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  process.stdout.write(`${project}: ${report.numPassedTests} passed, ${failed} failed\n`);
  return { passed: report.numPassedTests, failed: Math.max(failed, status === 0 ? 0 : 1) };
}
