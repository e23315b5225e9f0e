import type { Json, JsonObject } from '@kubernode/apimachinery';
import type { HookDeletePolicy, HookEvent } from '../render/rendered-chart.ts';

/*
 * A release as Helm 3 stores it: names and shapes are those of its JSON, so that either tool goes on with what the other wrote. Fields that
 * are not named here are kept as they are.
 */

export type ReleaseStatus =
  | 'unknown' | 'deployed' | 'uninstalled' | 'superseded' | 'failed' | 'uninstalling' | 'pending-install' | 'pending-upgrade' | 'pending-rollback';

/** `''` for a time that is not set, else RFC 3339. */
export type ReleaseTime = string;

export interface ReleaseInfo {
  first_deployed: ReleaseTime;
  last_deployed: ReleaseTime;
  deleted: ReleaseTime;
  description?: string;
  status: ReleaseStatus;
  notes?: string;
}

export type HookPhase = '' | 'Unknown' | 'Running' | 'Succeeded' | 'Failed';

export interface HookExecution { started_at: ReleaseTime; completed_at: ReleaseTime; phase: HookPhase }

export interface StoredHook {
  name: string;
  kind: string;
  path: string;
  manifest: string;
  events: readonly HookEvent[];
  last_run: HookExecution;
  weight?: number;
  delete_policies?: readonly HookDeletePolicy[];
  output_log_policies?: readonly ('hook-succeeded' | 'hook-failed')[];
}

/** A chart within a release: without its dependencies, files in base64. */
export interface StoredChart {
  metadata: JsonObject | null;
  lock: JsonObject | null;
  templates: readonly StoredFile[] | null;
  values: JsonObject | null;
  /** Base64. */
  schema: string | null;
  files: readonly StoredFile[] | null;
}

export interface StoredFile { name: string; data: string | null }

/** One revision of a release. Never changed; an action stores what it makes of it. */
export interface Release {
  name: string;
  namespace: string;
  /** The revision, from 1. */
  version: number;
  info: ReleaseInfo;
  chart: StoredChart | null;
  /** The values that its user gave. */
  config: JsonObject;
  /** All that is installed but hooks, as one YAML text. */
  manifest: string;
  hooks: readonly StoredHook[];
  /** The user's labels; they stand on the Secret, not in its text. */
  labels: Readonly<Record<string, string>>;
}

/** Whether another operation is under way, or was ended in the middle. */
export function isPending({ info: { status } }: Release): boolean {
  return status === 'pending-install' || status === 'pending-upgrade' || status === 'pending-rollback';
}

/** `release` in another state. */
export function withStatus(release: Release, status: ReleaseStatus, description?: string): Release {
  return { ...release, info: { ...release.info, status, ...(description !== undefined && { description }) } };
}

/** The newest first. */
export function newestFirst(releases: readonly Release[]): Release[] {
  return releases.toSorted((a, b) => b.version - a.version);
}

/** A text of the chart's metadata, as `version`; '' where it has none. */
export function chartText({ chart }: Release, field: 'name' | 'version' | 'appVersion'): string {
  const value: Json | undefined = chart?.metadata?.[field];
  return typeof value === 'string' ? value : '';
}

/** `web-1.2.0`, as lists show it. */
export function chartNameAndVersion(release: Release): string {
  return release.chart?.metadata === null || release.chart === null ? 'MISSING' : `${chartText(release, 'name')}-${chartText(release, 'version')}`;
}

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** Names of objects are made from it. */
const NAME_LENGTH_MAX = 53;

/** What is wrong with a release's name, in Helm's words. */
export function releaseNameFault(name: string): string | undefined {
  if (name === '') return 'no name provided';
  if (name.length > NAME_LENGTH_MAX || !NAME.test(name)) return `invalid release name, must match regex ${NAME.source} and the length must not be longer than ${NAME_LENGTH_MAX}`;
  return undefined;
}
