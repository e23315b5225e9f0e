// `kubernode chart template` and helm's own, side by side: every byte is compared.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { kubernodeCommand, root } from '../framework/cluster.ts';
import { run } from '../framework/run.ts';
import { helm } from './installed-clients.ts';

const client = await helm();
const folder = mkdtempSync(path.join(tmpdir(), 'kubernode-charts-'));
const web = path.join(root, 'packages/helm/testdata/charts/web');
const created = path.join(folder, 'created');

beforeAll(async () => { if ('command' in client) await run(client.command, [...client.args, 'create', created]); }, 60_000);
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

const cases: readonly (readonly [title: string, args: readonly string[]])[] = [
  ['as it is', [web]], ['with values', [web, '--set=replicaCount=5,autoscaling.enabled=true,removeMe=null', '--set-json=tolerations=[{"key":"a"}]', '--set-string=image.tag=1']],
  ['with its definitions', [web, '--include-crds', '--no-hooks']], ['for an upgrade', [web, '--is-upgrade', '--show-only=templates/service.yaml']],
  ["helm's own new chart", [created]], ["helm's own new chart with everything on", [created, '--set=ingress.enabled=true,autoscaling.enabled=true,serviceAccount.create=true']],
];

for (const [title, args] of cases) {
  if ('missing' in client) { test.skip(`${title} (${client.missing})`, () => undefined); continue; }
  test(`a chart rendered ${title}`, async () => {
    const given = ['template', 'rel', ...args, '--kube-version=1.36.2'];
    const [theirs, ours] = [await run(client.command, [...client.args, ...given]), await run(kubernodeCommand, ['chart', ...given])];
    expect(ours).toMatchObject({ status: 0, stdout: theirs.stdout });
    expect(theirs.stdout).toContain('# Source: ');
  }, 60_000);
}
