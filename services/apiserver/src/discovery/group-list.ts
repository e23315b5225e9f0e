import type { ServedGroup } from './served-api.ts';

export interface GroupVersionForDiscovery { groupVersion: string; version: string }

export interface ApiGroup {
  kind?: 'APIGroup';
  apiVersion?: 'v1';
  name: string;
  versions: GroupVersionForDiscovery[];
  preferredVersion: GroupVersionForDiscovery;
}

export interface ApiGroupList { kind: 'APIGroupList'; apiVersion: 'v1'; groups: ApiGroup[] }

export interface ApiVersions {
  kind: 'APIVersions';
  versions: string[];
  serverAddressByClientCIDRs: { clientCIDR: string; serverAddress: string }[];
}

/** The answer at /api: the core group's versions. */
export function apiVersions(core: ServedGroup, serverAddress: string): ApiVersions {
  return { kind: 'APIVersions', versions: core.versions.map(({ version }) => version), serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }] };
}

/** The answer at /apis. */
export function groupList(groups: readonly ServedGroup[]): ApiGroupList {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.filter(({ name }) => name !== '').map(describeGroup) };
}

/** The answer at /apis/GROUP. */
export function groupDocument(group: ServedGroup): ApiGroup {
  return { kind: 'APIGroup', apiVersion: 'v1', ...describeGroup(group) };
}

function describeGroup({ name, versions: served }: ServedGroup): ApiGroup {
  const versions = served.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  const [preferredVersion] = versions as [GroupVersionForDiscovery]; // a group is served because of its versions
  return { name, versions, preferredVersion };
}
