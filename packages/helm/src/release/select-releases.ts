import { ReleaseError } from './release-error.ts';
import { newestFirst, type Release, type ReleaseStatus } from './release.ts';

/** Which releases a list shows, and in which order. */
export interface ReleaseSelection {
  /** Only those in one of these states; `all` for any. */
  statuses: readonly ReleaseStatus[] | 'all';
  /** A regular expression that names have to match; '' for all. */
  filter: string;
  byDate: boolean;
  reverse: boolean;
  offset: number;
  /** 0 for no limit. */
  max: number;
}

/** The newest revision of each release that is asked for; of lists of superseded ones all revisions, as no newest one is. */
export function selectReleases(releases: readonly Release[], { statuses, filter, byDate, reverse, offset, max }: ReleaseSelection): Release[] {
  const pattern = compile(filter);
  const onlySuperseded = statuses !== 'all' && statuses.length === 1 && statuses[0] === 'superseded';
  const chosen = (onlySuperseded ? [...releases] : newestOfEach(releases)).filter(({ name, info }) => pattern.test(name) && (statuses === 'all' || statuses.includes(info.status)));
  const sorted = chosen.sort(byDate ? (a, b) => Date.parse(a.info.last_deployed) - Date.parse(b.info.last_deployed) : (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  if (reverse) sorted.reverse();
  return sorted.slice(offset, max > 0 ? offset + max : undefined);
}

function newestOfEach(releases: readonly Release[]): Release[] {
  const newest = new Map<string, Release>();
  for (const release of newestFirst(releases)) {
    const key = `${release.namespace}/${release.name}`;
    if (!newest.has(key)) newest.set(key, release);
  }
  return [...newest.values()];
}

function compile(filter: string): RegExp {
  try { return new RegExp(filter); } catch { throw new ReleaseError(`--filter: ${filter} is no regular expression`); }
}
