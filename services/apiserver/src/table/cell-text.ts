import { formatLabelSelector, selectorFromLabelSelector, StatusError, timeToMs, type LabelSelectorObject } from '@kubernode/apimachinery';

const SECOND_MS = 1000;

/** How long ago a moment was, `<unknown>` without one. */
export function age(timestamp: string | null | undefined, now: number): string {
  const ms = timeToMs(timestamp);
  return ms === undefined ? '<unknown>' : humanDuration(now - ms);
}

/** A duration with at most two units, finer the shorter it is: 90s, 5m30s, 7h2m, 3d4h, 2y10d. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / SECOND_MS);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return pair(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.trunc(days / 365);
  return years < 8 ? pair(years, 'y', days % 365, 'd') : `${years}y`;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

/** `a=1,b=2` in order of keys, `<none>` when empty. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const text = Object.keys(labels ?? {}).sort().map((key) => `${key}=${labels?.[key] ?? ''}`).join(',');
  return text === '' ? '<none>' : text;
}

/** A selector as kubectl takes it; empty when it selects everything or nothing at all, and what stands in its place when it makes no sense. */
export function bareSelectorText(selector: LabelSelectorObject | undefined, { senseless = '<invalid>' }: { senseless?: string } = {}): string {
  if (selector === undefined) return '';
  try {
    return formatLabelSelector(selectorFromLabelSelector(selector));
  } catch (error) {
    if (error instanceof StatusError) return senseless;
    throw error;
  }
}

export function selectorText(selector: LabelSelectorObject | undefined): string {
  const text = bareSelectorText(selector, { senseless: '<error>' });
  return text === '' ? '<none>' : text;
}

/** A selector as Go prints its struct. */
export function selectorStruct({ matchLabels = {}, matchExpressions = [] }: LabelSelectorObject): string {
  const labels = Object.entries(matchLabels).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}: ${value},`);
  const expressions = matchExpressions.map(({ key, operator, values }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${(values ?? []).join(' ')}],},`);
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}

/** Two cells: names and images. */
export function containerCells(spec: { containers?: readonly { name: string; image?: string }[] } | undefined): [names: string, images: string] {
  const containers = spec?.containers ?? [];
  return [containers.map(({ name }) => name).join(','), containers.map(({ image }) => image ?? '').join(',')];
}

/** The first few of a list, and how many more there are. */
export function firstOf(list: readonly string[], max: number): string {
  const shown = list.slice(0, max).join(',');
  return list.length > max ? `${shown} + ${list.length - max} more...` : shown;
}

export function orNone(text: string | undefined): string {
  return text === undefined || text === '' ? '<none>' : text;
}

const ACCESS_MODES: readonly (readonly [mode: string, short: string])[] = [['ReadWriteOnce', 'RWO'], ['ReadOnlyMany', 'ROX'], ['ReadWriteMany', 'RWX'], ['ReadWriteOncePod', 'RWOP']];

export function accessModesText(modes: readonly string[] | undefined): string {
  return ACCESS_MODES.filter(([mode]) => modes?.includes(mode)).map(([, short]) => short).join(',');
}
