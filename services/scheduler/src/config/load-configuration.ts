import { readFileSync } from 'node:fs';
import { decodeYaml } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import { parseDuration, UserError } from '@kubernode/component-base';
import { DEFAULT_SCHEDULER, extensionPoints, type ExtensionPoint } from '../framework/profile.ts';
import { defaultMultiPoint, ownPlugins, type EnabledPlugin } from '../plugins/registry.ts';
import { FieldReader, isFields, refuseUnknownFields, type Fields, type Shape } from './document.ts';
import { readPluginArgs } from './read-plugin-args.ts';
import type { ExtenderConfiguration, ExtenderTls, PluginSet, ProfileConfiguration, SchedulerConfiguration } from './scheduler-configuration.ts';
import { validateConfiguration } from './validate-configuration.ts';

const API_VERSION = 'kubescheduler.config.k8s.io/v1';
const KIND = 'KubeSchedulerConfiguration';
const EXTENDER_TIMEOUT_MS = 5000;

const NAMES = [{ name: true, weight: true }] as const;
const SET = { enabled: NAMES, disabled: NAMES } as const;
const TLS = { insecure: true, serverName: true, certFile: true, keyFile: true, caFile: true, certData: true, keyData: true, caData: true } as const;
const EXTENDER = { urlPrefix: true, filterVerb: true, preemptVerb: true, prioritizeVerb: true, weight: true, bindVerb: true, enableHTTPS: true, tlsConfig: TLS, httpTimeout: true, nodeCacheCapable: true, managedResources: [{ name: true, ignoredByScheduler: true }], ignorable: true } as const;
const SHAPE: Shape = {
  apiVersion: true, kind: true, parallelism: true, enableProfiling: true, enableContentionProfiling: true, percentageOfNodesToScore: true, podInitialBackoffSeconds: true, podMaxBackoffSeconds: true, delayCacheUntilActive: true,
  leaderElection: { leaderElect: true, leaseDuration: true, renewDeadline: true, retryPeriod: true, resourceLock: true, resourceName: true, resourceNamespace: true },
  clientConnection: { kubeconfig: true, acceptContentTypes: true, contentType: true, qps: true, burst: true },
  profiles: [{ schedulerName: true, percentageOfNodesToScore: true, plugins: Object.fromEntries([...extensionPoints, 'multiPoint', 'placementGenerate', 'placementScore'].map((point) => [point, SET])), pluginConfig: [{ name: true, args: true }] }],
  extenders: [EXTENDER],
};

/** Reads a KubeSchedulerConfiguration, fills in Kubernetes' defaults and checks it. Throws UserError with what is wrong. */
export function loadConfiguration(file: string): SchedulerConfiguration {
  let text: string;
  try { text = readFileSync(file, 'utf8'); } catch (error) { throw new UserError(`--config: ${errorMessage(error)}`); }
  return readConfiguration(text);
}

export function readConfiguration(text: string): SchedulerConfiguration {
  const document = decodeYaml(text).value;
  if (!isFields(document)) throw new UserError(`couldn't get version/kind; the configuration is no object`);
  const { apiVersion = '', kind = '' } = document;
  if (apiVersion !== API_VERSION || kind !== KIND) throw new UserError(`no kind "${String(kind)}" is registered for version "${String(apiVersion)}" in scheme "pkg/scheduler/apis/config/scheme/scheme.go:30"`);
  refuseUnknownFields(document, SHAPE);
  const top = new FieldReader(document, '');
  const profiles = top.objects('profiles');
  const read = profiles.length === 0 ? [new FieldReader({}, 'profiles[0]')] : profiles;
  const extenders = top.objects('extenders').map(readExtender);
  const configuration: SchedulerConfiguration = {
    profiles: read.map((one) => leaveToExtenders(readProfile(one, read.length === 1), extenders)),
    extenders,
    percentageOfNodesToScore: top.number('percentageOfNodesToScore', 0), parallelism: top.number('parallelism', 16),
    podInitialBackoffSeconds: top.number('podInitialBackoffSeconds', 1), podMaxBackoffSeconds: top.number('podMaxBackoffSeconds', 10),
    leaderElection: fieldsOf(top.raw('leaderElection')), clientConnection: fieldsOf(top.raw('clientConnection')),
  };
  validateConfiguration(configuration, read.map((one) => one.objects('pluginConfig').map((entry) => entry.text('name', ''))));
  return configuration;
}

function fieldsOf(value: unknown): Fields { return isFields(value) ? value : {}; }

/** The only profile need not name its scheduler. */
function readProfile(profile: FieldReader, isOnly: boolean): ProfileConfiguration {
  const args = new Map(profile.objects('pluginConfig').map((one) => [one.text('name', ''), one.raw('args')]));
  const sets = profile.object('plugins');
  const points = extensionPoints.map((point) => [point, readSet(sets.object(point))] as const);
  return {
    schedulerName: profile.text('schedulerName', isOnly ? DEFAULT_SCHEDULER : ''),
    percentageOfNodesToScore: profile.has('percentageOfNodesToScore') ? profile.number('percentageOfNodesToScore', 0) : undefined,
    plugins: { ...Object.fromEntries(points) as Record<ExtensionPoint, PluginSet>, multiPoint: mergeDefaults(readSet(sets.object('multiPoint'))) }, // all points are there
    pluginArgs: readPluginArgs(args),
    otherArgs: new Map([...args].flatMap(([name, value]) => (ownPlugins.has(name) || !isFields(value) ? [] : [[name, value]]))),
  };
}

/** Resources that extenders alone count are not looked at here. */
function leaveToExtenders(profile: ProfileConfiguration, extenders: readonly ExtenderConfiguration[]): ProfileConfiguration {
  const theirs = extenders.flatMap(({ managedResources }) => managedResources.filter(({ ignoredByScheduler }) => ignoredByScheduler).map(({ name }) => name));
  const fit = profile.pluginArgs.NodeResourcesFit;
  return { ...profile, pluginArgs: { ...profile.pluginArgs, NodeResourcesFit: { ...fit, ignoredResources: [...fit.ignoredResources, ...theirs] } } };
}

function readSet(set: FieldReader): PluginSet {
  return {
    enabled: set.objects('enabled').map((one): EnabledPlugin => ({ name: one.text('name', ''), weight: one.has('weight') ? one.number('weight', 0) : undefined })),
    disabled: set.objects('disabled').map((one) => ({ name: one.text('name', '') })),
  };
}

/** The default plugins that are not disabled, those that are configured anew in their places, then the others. */
function mergeDefaults({ enabled, disabled }: PluginSet): PluginSet {
  const off = new Set(disabled.map(({ name }) => name));
  const kept = off.has('*') ? [] : defaultMultiPoint.filter(({ name }) => !off.has(name));
  const replaced = kept.map((one) => enabled.find(({ name }) => name === one.name) ?? one);
  return { enabled: [...replaced, ...enabled.filter((one) => !replaced.includes(one))], disabled };
}

function readExtender(extender: FieldReader): ExtenderConfiguration {
  const timeout = extender.has('httpTimeout') ? parseDuration(extender.text('httpTimeout', '')) : EXTENDER_TIMEOUT_MS;
  if (timeout === undefined) throw new UserError(`extenders: httpTimeout "${extender.text('httpTimeout', '')}" is no duration`);
  return {
    urlPrefix: extender.text('urlPrefix', ''), filterVerb: extender.text('filterVerb', ''), preemptVerb: extender.text('preemptVerb', ''), prioritizeVerb: extender.text('prioritizeVerb', ''), bindVerb: extender.text('bindVerb', ''),
    weight: extender.number('weight', 0), enableHTTPS: extender.flag('enableHTTPS', false), tlsConfig: extender.has('tlsConfig') ? fieldsOf(extender.raw('tlsConfig')) as ExtenderTls : undefined, // known fields only
    httpTimeoutMs: timeout === 0 ? EXTENDER_TIMEOUT_MS : timeout, nodeCacheCapable: extender.flag('nodeCacheCapable', false), ignorable: extender.flag('ignorable', false),
    managedResources: extender.objects('managedResources').map((one) => ({ name: one.text('name', ''), ignoredByScheduler: one.flag('ignoredByScheduler', false) })),
  };
}
