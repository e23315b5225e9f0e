// The rules of charts/monitoring: promtool takes them and runs the tests of each, and nobody was forgotten.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../framework/cluster.ts';
import { prometheusProgram } from '../framework/prometheus.ts';
import { run } from '../framework/run.ts';

const dir = path.join(root, 'charts/monitoring/rules');
const files = readdirSync(dir).filter((name) => name.endsWith('.yaml'));
const tests = readdirSync(path.join(dir, 'tests'));
const alertsOf = (text: string): string[] => [...new Set([...text.matchAll(/^ +- alert: (\S+)/gm)].map(([, name = '']) => name))];

test.each(files)('promtool takes %s and passes its tests', async (file) => {
  const promtool = prometheusProgram('promtool');
  if (promtool === undefined) throw new Error('promtool is missing; hack/install-prometheus unpacks it');
  for (const args of [['check', 'rules', path.join(dir, file)], ['test', 'rules', path.join(dir, 'tests', file.replace('.yaml', '.test.yaml'))]]) {
    const { status, stdout, stderr } = await run(promtool, args);
    expect([status, status === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  }
}, 60_000);

test.each(files)('every alert of %s has a test, a severity, a text and a section in docs/alerts.md', (file) => {
  const text = readFileSync(path.join(dir, file), 'utf8');
  const tested = readFileSync(path.join(dir, 'tests', file.replace('.yaml', '.test.yaml')), 'utf8');
  const sections = new Set([...readFileSync(path.join(root, 'docs/alerts.md'), 'utf8').matchAll(/^### (\S+)$/gm)].map(([, name]) => name));
  for (const name of alertsOf(text)) {
    const rules = text.split(/^ +- (?=alert|record)/m).filter((rule) => rule.startsWith(`alert: ${name}\n`));
    expect([name, tested.includes(`- name: ${name} `), sections.has(name)]).toEqual([name, true, true]);
    for (const rule of rules) {
      expect(rule).toMatch(/severity: (critical|warning|info)\b/);
      expect(rule).toMatch(new RegExp(`summary: .+\\n +description: .+\\n +runbook_url: docs/alerts.md#${name.toLowerCase()}\\n`));
    }
  }
});

test('no test and no section is left of an alert that is gone', () => {
  const alerts = new Set(files.flatMap((file) => alertsOf(readFileSync(path.join(dir, file), 'utf8'))));
  expect(tests.map((name) => name.replace('.test.yaml', '.yaml')).sort()).toEqual([...files].sort());
  const named = [...readFileSync(path.join(root, 'docs/alerts.md'), 'utf8').matchAll(/^### (\S+)$/gm)].map(([, name]) => name ?? '');
  expect(named.filter((name) => !alerts.has(name))).toEqual([]);
});
