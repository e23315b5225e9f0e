import { readConfiguration } from './load-configuration.ts';

const head = 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n';
const fault = (text: string): string => { try { readConfiguration(head + text); } catch (error) { return (error as Error).message; } return 'accepted'; };

describe('readConfiguration', () => {
  test('fills in the defaults', () => {
    const { profiles: [profile], ...rest } = readConfiguration(head);
    expect(rest).toEqual({ extenders: [], percentageOfNodesToScore: 0, parallelism: 16, podInitialBackoffSeconds: 1, podMaxBackoffSeconds: 10, leaderElection: {}, clientConnection: {} });
    expect([profile?.schedulerName, profile?.plugins.multiPoint.enabled.length, profile?.pluginArgs.NodeResourcesFit.scoringStrategy.type, profile?.pluginArgs.DynamicResources.filterTimeout]).toEqual(['default-scheduler', 20, 'LeastAllocated', '10s']);
  });

  test('puts own plugins and weights beside the defaults', () => {
    const { profiles: [profile] } = readConfiguration(`${head}profiles: [{plugins: {multiPoint: {enabled: [{name: Mine, weight: 4}, {name: NodeAffinity, weight: 7}], disabled: [{name: ImageLocality}]}}}]`);
    const names = profile?.plugins.multiPoint.enabled ?? [];
    expect(names.slice(5, 6).concat(names.slice(-1))).toEqual([{ name: 'NodeAffinity', weight: 7 }, { name: 'Mine', weight: 4 }]);
    expect(names.some(({ name }) => name === 'ImageLocality')).toBe(false);
  });

  test.each([
    ['parallelism: 0', 'parallelism: Invalid value: 0: should be an integer value greater than zero'],
    ['percentageOfNodesToScore: 101', 'percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]'],
    ['podInitialBackoffSeconds: 20', 'podMaxBackoffSeconds: Invalid value: 10: must be greater than or equal to PodInitialBackoffSeconds'],
    ['profile: []', 'strict decoding error: unknown field "profile"'],
    ['profiles: [{scheduler: a}]', 'strict decoding error: unknown field "profiles[0].scheduler"'],
    ['profiles: [{schedulerName: a}, {schedulerName: a}]', 'profiles[1].schedulerName: Duplicate value: "profiles[0].schedulerName"'],
    ['profiles: [{schedulerName: a}, {}]', 'profiles[1].schedulerName: Required value'],
    ['profiles: [{pluginConfig: [{name: InterPodAffinity, args: {hardPodAffinityWeight: 101}}]}]', 'profiles[0].pluginConfig[0].args.hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]'],
    ['profiles: [{pluginConfig: [{name: NodeResourcesFit, args: {scoringStrategy: {type: Fullest}}}]}]', 'profiles[0].pluginConfig[0].args.scoringStrategy.type: Unsupported value: "Fullest": supported values: "LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"'],
    ['profiles: [{pluginConfig: [{name: PodTopologySpread, args: {defaultConstraints: [{maxSkew: 1, topologyKey: z, whenUnsatisfiable: ScheduleAnyway}]}}]}]', 'profiles[0].pluginConfig[0].args.defaultingType: Invalid value: "System": when .defaultConstraints are not empty'],
    ['profiles: [{pluginConfig: [{name: PodTopologySpread, args: {defaultingType: List, defaultConstraints: [{maxSkew: 1, whenUnsatisfiable: ScheduleAnyway}]}}]}]', 'profiles[0].pluginConfig[0].args.defaultConstraints[0].topologyKey: Required value: can not be empty'],
    ['profiles: [{pluginConfig: [{name: PodTopologySpread, args: {defaultingType: List, defaultConstraints: [{maxSkew: 1, topologyKey: z, whenUnsatisfiable: ScheduleAnyway}, {maxSkew: 2, topologyKey: z, whenUnsatisfiable: ScheduleAnyway}]}}]}]', 'profiles[0].pluginConfig[0].args.defaultConstraints[1]: Duplicate value: "{z, ScheduleAnyway}"'],
    ['profiles: [{plugins: {filter: {enabled: [{name: EBSLimits}]}}}]', 'profiles[0].plugins.filter.enabled[0]: Invalid value: "EBSLimits": was invalid in version "kubescheduler.config.k8s.io/v1" (KubeSchedulerConfiguration is version "kubescheduler.config.k8s.io/v1")'],
    ['extenders: [{urlPrefix: "http://a", prioritizeVerb: p}]', 'extenders[0].weight: Invalid value: 0: must have a positive weight applied to it'],
    ['extenders: [{urlPrefix: "http://a", bindVerb: b}, {urlPrefix: "http://b", bindVerb: b}]', 'extenders: Invalid value: "found 2 extenders implementing bind": only one extender can implement bind'],
  ])('%s is refused', (text, want) => { expect(fault(text)).toBe(want); });
});
