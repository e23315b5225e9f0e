import { duplicate, formatFieldErrors, invalidValue, jsonEquals, labelKeyFaults, repeatedIndexes, required, type FieldError } from '@kubernode/apimachinery';
import { UserError } from '@kubernode/component-base';
import { extensionPoints } from '../framework/profile.ts';
import { isExtended } from '../plugins/node-resources-fit.ts';
import type { ExtenderConfiguration, ProfileConfiguration, SchedulerConfiguration } from './scheduler-configuration.ts';
import { pluginArgsFaults } from './validate-plugin-args.ts';

const API_VERSION = 'kubescheduler.config.k8s.io/v1';
/** Plugins that were taken out for good. */
const REMOVED = ['AzureDiskLimits', 'CinderLimits', 'EBSLimits', 'GCEPDLimits'];

/** Throws with all that is wrong at once, in Kubernetes' words. `argNames`: by profile, for which plugins the file has arguments, in its order. */
export function validateConfiguration(configuration: SchedulerConfiguration, argNames: readonly (readonly string[])[]): void {
  const { profiles, extenders, parallelism, percentageOfNodesToScore, podInitialBackoffSeconds: initial, podMaxBackoffSeconds: most } = configuration;
  const faults: FieldError[] = [
    ...(parallelism > 0 ? [] : [invalidValue('parallelism', parallelism, 'should be an integer value greater than zero')]),
    ...profiles.flatMap((profile, i) => [
      ...profileFaults(profile, `profiles[${i}]`, argNames[i] ?? []),
      ...duplicateName(profiles, i),
      ...(jsonEquals(asJson(profile.plugins.queueSort), asJson(profiles[0]?.plugins.queueSort)) ? [] : [invalidValue(`profiles[${i}].plugins.queueSort`, profile.plugins.queueSort, 'must be the same for all profiles')]),
    ]),
    ...percentageFaults('percentageOfNodesToScore', percentageOfNodesToScore),
    ...(initial > 0 ? [] : [invalidValue('podInitialBackoffSeconds', initial, 'must be greater than 0')]),
    ...(most < initial ? [invalidValue('podMaxBackoffSeconds', most, 'must be greater than or equal to PodInitialBackoffSeconds')] : []),
    ...extenderFaults(extenders),
  ];
  if (faults.length > 0) throw new UserError(formatFieldErrors(faults));
}

function asJson(value: unknown): never { return JSON.parse(JSON.stringify(value)) as never; } // to be compared as JSON

function percentageFaults(path: string, value: number | undefined): FieldError[] {
  return value !== undefined && (value < 0 || value > 100) ? [invalidValue(path, value, 'not in valid range [0-100]')] : [];
}

function duplicateName(profiles: readonly ProfileConfiguration[], index: number): FieldError[] {
  const first = profiles.findIndex(({ schedulerName }) => schedulerName === profiles[index]?.schedulerName);
  return first < index ? [{ ...duplicate(`profiles[${index}].schedulerName`, ''), message: `Duplicate value: "profiles[${first}].schedulerName"` }] : [];
}

function profileFaults({ schedulerName, percentageOfNodesToScore, plugins, pluginArgs }: ProfileConfiguration, path: string, argNames: readonly string[]): FieldError[] {
  const repeated = repeatedIndexes(argNames);
  const removed = (at: string, name: string): FieldError[] => (REMOVED.includes(name) ? [invalidValue(at, name, `was invalid in version "${API_VERSION}" (KubeSchedulerConfiguration is version "${API_VERSION}")`)] : []);
  return [
    ...(schedulerName === '' ? [required(`${path}.schedulerName`)] : []),
    ...percentageFaults(`${path}.percentageOfNodesToScore`, percentageOfNodesToScore),
    ...extensionPoints.flatMap((point) => plugins[point].enabled.flatMap(({ name }, i) => removed(`${path}.plugins.${point}.enabled[${i}]`, name))),
    ...argNames.flatMap((name, i) => {
      const at = `${path}.pluginConfig[${i}]`;
      return [...(repeated.has(i) ? [duplicate(at, name)] : []), ...removed(at, name), ...pluginArgsFaults(name, pluginArgs, `${at}.args`)];
    }),
  ];
}

function extenderFaults(extenders: readonly ExtenderConfiguration[]): FieldError[] {
  const seen = new Set<string>();
  const binders = extenders.filter(({ bindVerb }) => bindVerb !== '').length;
  const faults = extenders.flatMap(({ prioritizeVerb, weight, managedResources }, i) => [
    ...(prioritizeVerb !== '' && weight <= 0 ? [invalidValue(`extenders[${i}].weight`, weight, 'must have a positive weight applied to it')] : []),
    ...managedResources.flatMap(({ name }, j) => {
      const at = `extenders[${i}].managedResources[${j}].name`;
      const malformed = labelKeyFaults(name).map((fault) => invalidValue(at, name, fault));
      const repeated = seen.has(name) ? [invalidValue(at, name, 'duplicate extender managed resource name')] : [];
      seen.add(name);
      return [...malformed, ...(malformed.length === 0 && !isExtended(name) ? [invalidValue(at, name, 'is an invalid extended resource name')] : []), ...repeated];
    }),
  ]);
  return binders > 1 ? [...faults, invalidValue('extenders', `found ${binders} extenders implementing bind`, 'only one extender can implement bind')] : faults;
}
