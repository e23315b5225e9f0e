import type { GroupVersion } from '@kubernode/apimachinery';

/** `apps/v1` → `AppsV1`, the core group → `CoreV1`: the middle of every operation's name. */
export function groupVersionName({ group, version }: GroupVersion): string {
  return upperCamel(shortGroup(group)) + upperCamel(version);
}

/** `apps_v1`: by which clients sort operations into classes. */
export function groupVersionTag({ group, version }: GroupVersion): string {
  return `${lowerCamel(shortGroup(group))}_${version}`;
}

export function groupName(group: string): string {
  return upperCamel(shortGroup(group));
}

export function groupTag(group: string): string {
  return lowerCamel(shortGroup(group));
}

/** Words are parted by what may not stand in a name. */
export function upperCamel(text: string): string {
  return text.split(/[^A-Za-z0-9]+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function lowerCamel(text: string): string {
  const name = upperCamel(text);
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function shortGroup(group: string): string {
  return group === '' ? 'core' : group.replace(/\.k8s\.io$/, '');
}
