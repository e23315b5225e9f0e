import type { BundlePart } from './bundle-manifest.ts';
import type { DesiredFile, DesiredHost, DesiredUnit } from './desired-host.ts';
import type { HostManifest } from './host-manifest.ts';
import type { ObservedHost } from './observed-host.ts';

export type UnitAction = 'start' | 'restart' | 'reload' | 'none';

/** What is to be done to one host. Empty lists: nothing. */
export interface HostPlan {
  host: string;
  /** Of the bundle, which the host lacks. */
  parts: readonly BundlePart[];
  writes: readonly (DesiredFile & { change: 'create' | 'replace' | 'mode' })[];
  removes: readonly string[];
  units: readonly { unit: DesiredUnit; action: UnitAction; enable: boolean }[];
  /** Units that do not belong here any more. */
  stops: readonly string[];
  /** Folders of versions that are older than the one before. */
  prunes: readonly string[];
  /** As it will be. */
  manifest: HostManifest;
  isNew: boolean;
  manifestChanges: boolean;
  /** Whether `current` leads elsewhere yet. */
  switchesVersion: boolean;
}

/** Compares what a host is to have with what it has. Pure. */
export function planHost({ desired, observed, cluster }: { desired: DesiredHost; observed: ObservedHost; cluster: string }): HostPlan {
  const { manifest: before } = observed;
  const wanted = new Map(desired.files.map((file) => [file.path, file]));
  const ours = Object.keys(before?.files ?? {});
  const unitNames = new Set(desired.units.map((unit) => unit.name));
  const manifest = nextManifest({ desired, before, cluster });
  return {
    host: desired.name, isNew: before === undefined, manifest,
    parts: desired.parts.filter((part) => !observed.installed.has(part.dir)),
    writes: desired.files.flatMap((file) => { const change = changeOf(file, observed); return change === undefined ? [] : [{ ...file, change }]; }),
    removes: ours.filter((path) => !wanted.has(path) && observed.files.has(path)),
    units: desired.units.map((unit) => ({ unit, action: actionFor(unit, observed), enable: observed.units.get(unit.name)?.enabled !== true })),
    stops: (before?.units ?? []).filter((unit) => !unitNames.has(unit)),
    prunes: staleFolders(desired, observed, manifest), switchesVersion: observed.current !== desired.version,
    manifestChanges: JSON.stringify(before) !== JSON.stringify(manifest),
  };
}

/** True when the host is as it is to be. */
export function isSettled(plan: HostPlan): boolean {
  return plan.parts.length + plan.writes.length + plan.removes.length + plan.stops.length + plan.prunes.length === 0 && !plan.manifestChanges && !plan.switchesVersion && plan.units.every(({ action, enable }) => action === 'none' && !enable);
}

function changeOf(file: DesiredFile, observed: ObservedHost): 'create' | 'replace' | 'mode' | undefined {
  const present = observed.files.get(file.path);
  if (present === undefined) return 'create';
  if (file.once) return undefined;
  if (present.sha256 !== file.sha256) return 'replace';
  return present.mode === file.mode ? undefined : 'mode';
}

function actionFor(unit: DesiredUnit, observed: ObservedHost): UnitAction {
  const present = observed.units.get(unit.name);
  if (present?.active !== true) return 'start';
  if (present.digest === unit.digest) return 'none';
  const isSameStart = present.digest.split(' ')[0] === unit.digest.split(' ')[0];
  return unit.reloads && isSameStart ? 'reload' : 'restart';
}

function nextManifest({ desired, before, cluster }: { desired: DesiredHost; before: HostManifest | undefined; cluster: string }): HostManifest {
  const previousVersion = before === undefined || before.version === desired.version ? before?.previousVersion : before.version;
  return {
    formatVersion: 1, cluster, host: desired.name, version: desired.version, ...(previousVersion !== undefined && { previousVersion }),
    files: Object.fromEntries([...desired.files].sort((a, b) => (a.path < b.path ? -1 : 1)).map((file) => [file.path, file.sha256])),
    units: desired.units.map((unit) => unit.name), data: desired.units.flatMap((unit) => unit.data), state: desired.units.flatMap((unit) => unit.state),
    isNode: desired.roles.includes('node') || before?.isNode === true,
  };
}

/** Versions other than this one and the one before; programs are shared and go with the last version that is here. */
function staleFolders(desired: DesiredHost, observed: ObservedHost, manifest: HostManifest): readonly string[] {
  const kept = new Set([desired.version, manifest.previousVersion]);
  return [...observed.installed].filter((dir) => !dir.startsWith('programs/') && !kept.has(dir));
}
