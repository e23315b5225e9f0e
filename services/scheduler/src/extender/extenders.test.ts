import { silentLogger } from '@kubernode/component-base';
import { seededRng } from '@kubernode/base';
import { podInfo } from '../cache/pod-info.ts';
import type { ExtenderConfiguration } from '../config/scheduler-configuration.ts';
import { schedulePod } from '../cycle/schedule-pod.ts';
import { TestCluster, testNode as node, testPod as pod } from '../test-support/test-cluster.ts';
import { Extenders } from './extenders.ts';
import { HttpExtender, type PostJson } from './http-extender.ts';

const silent: ExtenderConfiguration = { urlPrefix: 'http://x/', filterVerb: '', preemptVerb: '', prioritizeVerb: '', bindVerb: '', weight: 1, enableHTTPS: false, tlsConfig: undefined, httpTimeoutMs: 5000, nodeCacheCapable: true, managedResources: [], ignorable: false };

async function place(config: Partial<ExtenderConfiguration>, post: PostJson, subject = pod()): Promise<string> {
  const cluster = new TestCluster([[node('a')], [node('b')], [node('c')]]);
  const extenders = new Extenders([new HttpExtender({ ...silent, ...config }, post)], silentLogger);
  const decision = await schedulePod({ subject: podInfo(subject), table: cluster.table, nowMs: 0 }, { profile: cluster.profile, nominations: cluster.nominator, percentageOfNodesToScore: 0, startIndex: 0, rng: seededRng(1), extenders });
  return decision.node === undefined ? decision.message.split('.')[0] ?? '' : decision.node.name;
}

const calls: string[] = [];
const only = (...names: string[]): PostJson => (url, body) => { calls.push(url); return Promise.resolve({ NodeNames: (body as { NodeNames: string[] }).NodeNames.filter((one) => names.includes(one)), FailedNodes: { a: 'too warm' } }); };
const fails: PostJson = () => Promise.reject(new Error('no route'));

describe('Extenders', () => {
  test.each<[string, Partial<ExtenderConfiguration>, PostJson, string]>([
    ['take nodes away', { filterVerb: 'filter' }, only('b'), 'b'],
    ['say why', { filterVerb: 'filter' }, only(), '0/3 nodes are available: 1 too warm'],
    ['prefer nodes', { prioritizeVerb: 'prioritize', weight: 5 }, () => Promise.resolve([{ Host: 'c', Score: 10 }]), 'c'],
    ['are not asked about pods without their resources', { filterVerb: 'filter', managedResources: [{ name: 'example.com/x', ignoredByScheduler: false }] }, fails, 'b'],
    ['may fail when they can be ignored', { filterVerb: 'filter', ignorable: true }, fails, 'b'],
    ['may fail to score', { prioritizeVerb: 'p' }, fails, 'b'],
  ])('%s', async (_name, config, post, want) => { expect(await place(config, post)).toBe(want); });

  test('that fail otherwise end the attempt', async () => { await expect(place({ filterVerb: 'f' }, fails)).rejects.toThrow('no route'); });
  test('are called below their prefix', async () => { await place({ filterVerb: 'filter' }, only('a')); expect(calls.at(-1)).toBe('http://x/filter'); });
});
