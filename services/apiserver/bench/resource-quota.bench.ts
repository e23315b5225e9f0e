import { seededRng, systemClock } from '@kubernode/base';
import type { KubeObject } from '@kubernode/apimachinery';
import { createMemoryStorage } from '@kubernode/testing';
import type { AdmissionAttributes } from '../src/admission/admission.ts';
import type { AdmissionDependencies } from '../src/admission/admission-plugins.ts';
import { resourceQuota } from '../src/admission/quota/resource-quota.ts';
import { createObjectWriter } from '../src/registry/object-writer.ts';
import { servedKind } from '../src/registry/served-kind.fixture.ts';

/**
 * What charging a quota costs when 50 writers come through two replicas on one etcd (in memory): `npx tsx --conditions=source
 * services/apiserver/bench/resource-quota.bench.ts`. Replicas get into each other's way, so a charge is tried again now and then; the last
 * line says whether the quota was used up exactly.
 */
const WRITERS = 50;
const WRITES = 4_000;
const HARD = 3_000;

const QUOTAS = { group: '', resource: 'resourcequotas' };
const quota: KubeObject = { kind: 'ResourceQuota', apiVersion: 'v1', metadata: { name: 'q', namespace: 'n' }, spec: {}, status: { hard: { pods: String(HARD) }, used: { pods: '0' } } };

await using first = createMemoryStorage();
await using second = createMemoryStorage({ etcd: first.etcd });
const writers = await Promise.all([first, second].map(async (storage) => {
  const served = await servedKind(storage, { group: '', version: 'v1', kind: 'ResourceQuota' });
  return createObjectWriter({ servedOf: () => served, clock: systemClock, rng: seededRng(1) });
}));
await writers[0]?.create<KubeObject>(QUOTAS, quota);
await writers[0]?.update<KubeObject>(QUOTAS, { namespace: 'n', name: 'q' }, (created) => ({ ...created, status: quota['status'] }), { subresource: 'status' });
const plugins = writers.map((writer) => resourceQuota({ ...writer, clock: systemClock, configurationOf: () => undefined, sources: () => ({ list: () => [quota] }) } as unknown as AdmissionDependencies)); // what the plugin uses of them

let [next, admitted] = [0, 0];
const before = process.cpuUsage();
await Promise.all(Array.from({ length: WRITERS }, async (_, writer) => {
  for (let index = next++; index < WRITES; index = next++) {
    const object = { metadata: { name: `p${index}` }, spec: { containers: [] } };
    const attributes = { operation: 'CREATE', group: '', resource: 'pods', subresource: '', namespace: 'n', name: `p${index}`, dryRun: false, object } as unknown as AdmissionAttributes; // what the plugin looks at
    await plugins[writer % 2]?.validate?.(attributes)?.then(() => { admitted++; }, () => undefined); // what is refused is not counted
  }
}));
const { user, system } = process.cpuUsage(before);
const used = (await writers[0]?.get<KubeObject>(QUOTAS, 'n', 'q'))?.['status'];
process.stdout.write(`${((user + system) / WRITES).toFixed(0)} µs of CPU a write\nadmitted ${admitted} of ${HARD}, used ${JSON.stringify((used as { used?: unknown } | undefined)?.used)}\n`);
process.exit(admitted === HARD ? 0 : 1);
