import { extensionPoints, DEFAULT_SCHEDULER, type ExtensionPoint } from '../framework/profile.ts';
import { defaultMultiPoint, type EnabledPlugin } from '../plugins/registry.ts';
import { defaultPluginArgs, type PluginArgs } from './plugin-args.ts';

export interface PluginSet { readonly enabled: readonly EnabledPlugin[]; readonly disabled: readonly { readonly name: string }[] }

export interface ProfileConfiguration {
  readonly schedulerName: string;
  readonly percentageOfNodesToScore: number | undefined;
  readonly plugins: Readonly<Record<ExtensionPoint | 'multiPoint', PluginSet>>;
  readonly pluginArgs: PluginArgs;
  /** Of plugins that are not Kubernetes' own, by name. */
  readonly otherArgs: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

export interface ExtenderConfiguration {
  readonly urlPrefix: string;
  readonly filterVerb: string;
  readonly preemptVerb: string;
  readonly prioritizeVerb: string;
  readonly bindVerb: string;
  readonly weight: number;
  readonly enableHTTPS: boolean;
  readonly tlsConfig: ExtenderTls | undefined;
  readonly httpTimeoutMs: number;
  readonly nodeCacheCapable: boolean;
  readonly managedResources: readonly { readonly name: string; readonly ignoredByScheduler: boolean }[];
  readonly ignorable: boolean;
}

/** Data are in base64. */
export interface ExtenderTls { readonly insecure?: boolean; readonly serverName?: string; readonly certFile?: string; readonly keyFile?: string; readonly caFile?: string; readonly certData?: string; readonly keyData?: string; readonly caData?: string }

/** A KubeSchedulerConfiguration with all its defaults. */
export interface SchedulerConfiguration {
  readonly profiles: readonly ProfileConfiguration[];
  readonly extenders: readonly ExtenderConfiguration[];
  /** 0: adapts to the size of the cluster. */
  readonly percentageOfNodesToScore: number;
  readonly parallelism: number;
  readonly podInitialBackoffSeconds: number;
  readonly podMaxBackoffSeconds: number;
  /** What the file says about these, for flags that were not given. */
  readonly leaderElection: Readonly<Record<string, unknown>>;
  readonly clientConnection: Readonly<Record<string, unknown>>;
}

const nothing: PluginSet = { enabled: [], disabled: [] };

export const noPluginSets: Readonly<Record<ExtensionPoint, PluginSet>> = Object.fromEntries(extensionPoints.map((point) => [point, nothing])) as Record<ExtensionPoint, PluginSet>; // all points are there

/** What runs without a configuration file. */
export const defaultConfiguration: SchedulerConfiguration = {
  profiles: [{
    schedulerName: DEFAULT_SCHEDULER, percentageOfNodesToScore: undefined, pluginArgs: defaultPluginArgs, otherArgs: new Map(),
    plugins: { ...noPluginSets, multiPoint: { enabled: defaultMultiPoint, disabled: [] } },
  }],
  extenders: [], percentageOfNodesToScore: 0, parallelism: 16, podInitialBackoffSeconds: 1, podMaxBackoffSeconds: 10, leaderElection: {}, clientConnection: {},
};
