import type { coreV1 } from '@kubernode/api';
import { duplicate, forbiddenField, goQuote, invalidValue, labelKeyFaults, labelValueFaults, notSupported, required, showFieldValue, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { parseCidr } from '../shared/ip-rules.ts';
import { legacyCidrFaults } from '../shared/legacy-ip-rules.ts';
import { resourceQuantityFaults } from '../shared/resource-name-rules.ts';

type Node = coreV1.Node & KubeObject;
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const CIDRS = 'spec.podCIDRs';

export function nodeFaults({ spec = {}, status }: Readonly<Node>): FieldError[] {
  return [...taintFaults(spec.taints ?? []), ...resourceFaults(status), ...featureFaults(status), ...cidrListFaults(spec.podCIDRs ?? [])];
}

/** What may not change, and what holds for every change, that of status included. */
export function nodeChangeFaults({ spec = {}, status }: Readonly<Node>, { spec: before = {} }: Readonly<Node>): FieldError[] {
  const errors = [...resourceFaults(status), ...featureFaults(status), ...addressFaults(status?.addresses ?? [])];
  errors.push(...cidrChange(spec.podCIDRs ?? [], before.podCIDRs ?? []));
  if (before.providerID && before.providerID !== spec.providerID) errors.push(forbiddenField('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  errors.push(...taintFaults(spec.taints ?? []));
  if ((spec.externalID ?? '') !== (before.externalID ?? '')) errors.push(forbiddenField('spec.externalID', 'may not be updated'));
  return errors;
}

/** Kubernetes looks for them below metadata, and shows a repeated one as Go prints the struct. */
function taintFaults(taints: readonly Readonly<coreV1.Taint>[]): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap(({ key = '', value = '', effect = '', timeAdded }: Partial<coreV1.Taint>, index) => {
    const path = `metadata.taints[${index}]`;
    const valueFaults = labelValueFaults(value);
    const errors = labelKeyFaults(key).map((fault) => invalidValue(`${path}.key`, key, fault));
    if (valueFaults.length > 0) errors.push(invalidValue(`${path}.value`, value, valueFaults.join(';')));
    if (!EFFECTS.includes(effect)) errors.push(effect === '' ? required(`${path}.effect`) : notSupported(`${path}.effect`, effect, EFFECTS));
    if (seen.has(`${key}:${effect}`)) errors.push(repeatedTaint(path, { Key: key, Value: value, Effect: effect, TimeAdded: timeAdded ?? null }));
    seen.add(`${key}:${effect}`);
    return errors;
  });
}

function repeatedTaint(path: string, taint: object): FieldError {
  return { ...duplicate(path, taint), message: `Duplicate value: ${showFieldValue(taint)}: taints must be unique by key and effect pair` };
}

function resourceFaults(status: Readonly<coreV1.NodeStatus> | undefined): FieldError[] {
  const of = (field: 'capacity' | 'allocatable'): FieldError[] => Object.entries(status?.[field] ?? {}).flatMap(([name, quantity]) => resourceQuantityFaults(name, quantity, `status.${field}.${name}`));
  return [...of('capacity'), ...of('allocatable')];
}

function featureFaults(status: Readonly<coreV1.NodeStatus> | undefined): FieldError[] {
  const features = status?.declaredFeatures ?? [];
  return features.flatMap((feature, index) => {
    const path = `status.declaredFeatures[${index}]`;
    const before = features[index - 1];
    const order = before === feature ? [duplicate(path, feature)] : before !== undefined && before > feature ? [invalidValue(path, feature, 'list must be sorted alphabetically')] : [];
    return [...order, ...featureNameFaults(feature).map((fault) => invalidValue(path, feature, `invalid feature name ${goQuote(feature)}: ${fault}`))];
  });
}

const FEATURE = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;
const FEATURE_LENGTH_MAX = 253;

function featureNameFaults(name: string): string[] {
  if (name.length > FEATURE_LENGTH_MAX) return [`must be no more than ${FEATURE_LENGTH_MAX} characters`];
  return FEATURE.test(name) ? [] : ["must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes"];
}

function addressFaults(addresses: readonly Readonly<coreV1.NodeAddress>[]): FieldError[] {
  const seen = new Set<string>();
  return addresses.flatMap(({ type, address }, index) => {
    const repeated = seen.has(`${type} ${address}`);
    seen.add(`${type} ${address}`);
    return repeated ? [duplicate(`status.addresses[${index}]`, { Type: type, Address: address })] : [];
  });
}

function cidrListFaults(cidrs: readonly string[]): FieldError[] {
  const errors = cidrs.flatMap((cidr, index) => legacyCidrFaults(cidr, `${CIDRS}[${index}]`, undefined));
  const families = new Set(cidrs.map((cidr) => parseCidr(cidr)?.family));
  if (cidrs.length > 1 && (families.size !== 2 || cidrs.length > 2)) errors.push(invalidValue(CIDRS, cidrs, 'may specify no more than one CIDR for each IP family'));
  return errors;
}

function cidrChange(cidrs: readonly string[], before: readonly string[]): FieldError[] {
  const fault = forbiddenField(CIDRS, 'node updates may not change podCIDR except from "" to valid');
  if (before.length === 0) return [];
  return before.length === cidrs.length ? before.filter((cidr, index) => cidr !== cidrs[index]).map(() => fault) : [fault];
}
