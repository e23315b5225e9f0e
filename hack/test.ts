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

/** More files than this fail for a reason. */
const SECOND_TRIES_MAX = 3;
/** Files whose tests passed only at their second try. */
const onlyThen: string[] = [];
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
for (const file of onlyThen) process.stdout.write(`passed only at the second try: ${file}\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

function step([program = '', ...args]: readonly string[]): Tally {
  const { status } = spawnSync(path.join(root, 'node_modules/.bin', program), args, { cwd: root, stdio: 'inherit' });
  process.stdout.write(`${status === 0 ? 'ok' : 'FAILED'}: ${[program, ...args].join(' ')}\n`);
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** All tests of a project. Files that fail get a second try, alone: machines stumble. What passes only then is named with the result. */
function jest(project: string, ...args: readonly string[]): Tally {
  const first = runJest(project, args);
  if (first === undefined) return { passed: 0, failed: 1 };
  const files = first.testResults.filter(({ status }) => status === 'failed');
  const second = files.length > 0 && files.length <= SECOND_TRIES_MAX ? runJest(project, ['--runInBand', '--runTestsByPath', ...files.map(({ name }) => name)]) : undefined;
  if (second !== undefined) for (const { name, status } of second.testResults) if (status === 'passed') onlyThen.push(path.relative(root, name));
  const passedBefore = files.reduce((sum, { assertionResults }) => sum + assertionResults.filter(({ status }) => status === 'passed').length, 0);
  const tally = second === undefined ? { passed: first.numPassedTests, failed: failuresOf(first) } : { passed: first.numPassedTests - passedBefore + second.numPassedTests, failed: failuresOf(second) };
  process.stdout.write(`${project}: ${tally.passed} passed, ${tally.failed} failed\n`);
  return tally;
}

/** Jest's own report, and how it ended. */
interface Report {
  numPassedTests: number; numFailedTests: number; numRuntimeErrorTestSuites: number; exitStatus: number | null;
  testResults: readonly { name: string; status: string; assertionResults: readonly { status: string }[] }[];
}

function runJest(project: string, args: readonly string[]): Report | undefined {
  const file = path.join(results, `${project}.json`);
  rmSync(file, { force: true });
  const { status } = spawnSync(path.join(root, 'node_modules/.bin/jest'), ['--selectProjects', project, '--json', `--outputFile=${file}`, ...args], {
    cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, NODE_OPTIONS: nodeOptions(project) },
  });
  return existsSync(file) ? { ...JSON.parse(readFileSync(file, 'utf8')) as Omit<Report, 'exitStatus'>, exitStatus: status } : undefined; // as jest writes it
}

function failuresOf({ numFailedTests, numRuntimeErrorTestSuites, exitStatus }: Report): number {
  return Math.max(numFailedTests + numRuntimeErrorTestSuites, exitStatus === 0 ? 0 : 1);
}
