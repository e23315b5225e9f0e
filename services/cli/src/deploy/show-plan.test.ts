import { describePlan } from './show-plan.ts';
import type { HostPlan } from './plan-host.ts';

const manifest: HostPlan['manifest'] = { formatVersion: 1, cluster: 'prod', host: 'm1', version: 'v2', files: {}, units: [], data: [], state: [], isNode: false };
const nothing: HostPlan = { host: 'm1', parts: [], writes: [], removes: [], units: [], stops: [], prunes: [], manifest, isNew: false, manifestChanges: false, switchesVersion: false };
const file = { mode: 0o644, sha256: '', once: false, secret: false };

test('describePlan shows what comes, changes and goes, and never a key', () => {
  const plan: HostPlan = {
    ...nothing, parts: [{ name: 'kubernode', dir: 'v2', archive: '', sha256: '' }], removes: ['/etc/old'],
    writes: [{ ...file, path: '/etc/a.env', content: 'B=1', change: 'replace' }, { ...file, path: '/etc/b.key', mode: 0o600, content: 'PRIVATE', secret: true, change: 'create' }],
  };
  const text = describePlan({ plans: [plan, { ...nothing, host: 'm2' }], leaving: ['m3'], etcd: { kind: 'add', host: 'm4', peerUrl: 'https://m4' }, diffs: new Map([['m1 /etc/a.env', '-A=1\n+B=1']]) });
  expect(text).toBe('~ host m1\n    + /opt/kubernode/v2\n    ~ /etc/a.env (0644)\n          -A=1\n          +B=1\n    + /etc/b.key (0600, secret)\n    - /etc/old\n~ etcd: add m4 as learner\n- host m3\n');
});

test('describePlan says when nothing is to be done', () => {
  expect(describePlan({ plans: [nothing], leaving: [], etcd: undefined, diffs: new Map() })).toBe('Nothing is to be done.\n');
});
