import path from 'node:path';
import { readConfiguration } from '../config/load-configuration.ts';
import { TestCluster, testNode as node, testPod as pod } from '../test-support/test-cluster.ts';
import { loadPlugins } from './load-plugins.ts';

const example = path.join(import.meta.dirname, '../../../../examples/scheduler-plugins/team-seats.ts');
const configuration = (plugins: string): string => `apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofiles: [{plugins: {multiPoint: {enabled: [{name: ${plugins}}]}}, pluginConfig: [{name: TeamSeats, args: {seatsPerNode: 1}}]}]`;

async function cluster(plugins: string): Promise<TestCluster> {
  const [profile] = readConfiguration(configuration(plugins)).profiles;
  if (profile === undefined) throw new Error('a configuration has a profile');
  return new TestCluster([[node('a'), pod({ labels: { team: 'x' } })], [node('b')]], { profile, modules: await loadPlugins([example]) });
}

describe('loadPlugins', () => {
  test('a plugin of a module decides with the others', async () => {
    const seats = await cluster('TeamSeats');
    expect([seats.place(pod({ labels: { team: 'x' } }))]).toEqual(['b']);
    seats.add(node('b'), pod({ labels: { team: 'x' } }));
    expect(seats.place(pod({ labels: { team: 'x' } }))).toContain("2 node(s) had no free seat for the pod's team");
  });

  test('a name that no module has is refused', async () => { await expect(cluster('Nobody')).rejects.toThrow('"Nobody" does not exist'); });
  test('a module that is not there is refused', async () => { await expect(loadPlugins(['/nowhere.mjs'])).rejects.toThrow('--plugins /nowhere.mjs: '); });
  test('a name cannot be taken twice', async () => { await expect(loadPlugins([example, example])).rejects.toThrow('there is a plugin "TeamSeats" already'); });
});
