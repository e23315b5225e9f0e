/** The built-in groups in the order in which clients prefer them, the core group first. Others follow by name. */
const GROUPS_BY_PRIORITY = [
  '', 'apiregistration.k8s.io', 'apps', 'events.k8s.io', 'authentication.k8s.io', 'authorization.k8s.io', 'autoscaling', 'batch',
  'certificates.k8s.io', 'networking.k8s.io', 'policy', 'rbac.authorization.k8s.io', 'storage.k8s.io', 'admissionregistration.k8s.io',
  'apiextensions.k8s.io', 'scheduling.k8s.io', 'coordination.k8s.io', 'node.k8s.io', 'discovery.k8s.io', 'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
];

const PRIORITY = new Map(GROUPS_BY_PRIORITY.map((group, index) => [group, index]));

/** Kubernetes' numbers for the groups above, by which those of other servers find their place. */
const PRIORITIES: readonly number[] = [
  20_001, 20_000, 17_800, 17_750, 17_700, 17_600, 17_500, 17_400, 17_300, 17_200, 17_100, 17_000, 16_800, 16_700, 16_700, 16_600, 16_500, 16_300, 16_200, 16_200, 16_100,
];
const CUSTOM_PRIORITY = 1_000;

export function groupPriority(group: string): number {
  return PRIORITIES[PRIORITY.get(group) ?? -1] ?? CUSTOM_PRIORITY;
}

/** Order of groups in discovery; negative when `a` comes first. */
export function compareGroups(a: string, b: string): number {
  const priority = (PRIORITY.get(a) ?? GROUPS_BY_PRIORITY.length) - (PRIORITY.get(b) ?? GROUPS_BY_PRIORITY.length);
  if (priority !== 0) return priority;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Order of a group's versions, the preferred one first: stable before beta before alpha, higher numbers first, other names last. */
export function compareVersions(a: string, b: string): number {
  const left = versionRank(a);
  const right = versionRank(b);
  for (let i = 0; i < left.length; i++) {
    const difference = (right[i] as number) - (left[i] as number); // both are triples
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

const STABILITY: Readonly<Record<string, number>> = { alpha: 1, beta: 2 };
const GENERAL_AVAILABILITY = 3;
const NOT_A_KUBE_VERSION = 0;

/** [stability, major, minor]; higher ranks are preferred. */
function versionRank(version: string): [number, number, number] {
  const match = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version);
  if (match === null) return [NOT_A_KUBE_VERSION, 0, 0];
  const [, major, stability, minor] = match;
  return [stability === undefined ? GENERAL_AVAILABILITY : STABILITY[stability] as number, Number(major), Number(minor ?? 0)]; // the pattern admits no other word
}
