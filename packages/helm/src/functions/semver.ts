import { goQuote } from '@kubernode/apimachinery';
import { FunctionError } from '../template/template-error.ts';

/** A semantic version, as loosely as charts write them: `v1.2` is 1.2.0. */
export interface Version { major: bigint; minor: bigint; patch: bigint; prerelease: string; metadata: string; original: string }

const VERSION = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;
const LENGTH_MAX = 512;

export function parseVersion(text: string): Version {
  const [match, major = '0', minor = '0', patch = '0', prerelease = '', metadata = ''] = text.length > LENGTH_MAX ? [] : VERSION.exec(text) ?? [];
  if (match === undefined) throw new FunctionError('invalid semantic version');
  if (prerelease.split('.').some((part) => /^0\d+$/.test(part))) throw new FunctionError('version segment starts with 0');
  return { major: BigInt(major), minor: BigInt(minor), patch: BigInt(patch), prerelease, metadata, original: text };
}

export function formatVersion({ major, minor, patch, prerelease, metadata }: Version): string {
  return `${major}.${minor}.${patch}${prerelease === '' ? '' : `-${prerelease}`}${metadata === '' ? '' : `+${metadata}`}`;
}

export function compareVersions(a: Version, b: Version): number {
  for (const part of ['major', 'minor', 'patch'] as const) if (a[part] !== b[part]) return a[part] < b[part] ? -1 : 1;
  return comparePrereleases(a.prerelease, b.prerelease);
}

/** None is more than any; numbers come before words. */
function comparePrereleases(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '' || b === '') return a === '' ? 1 : -1;
  const [partsA, partsB] = [a.split('.'), b.split('.')];
  for (let i = 0; i < Math.max(partsA.length, partsB.length); i++) {
    const [x, y] = [partsA[i], partsB[i]];
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    if (x === y) continue;
    const [numberX, numberY] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (numberX && numberY) return BigInt(x) < BigInt(y) ? -1 : 1;
    if (numberX !== numberY) return numberX ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return 0;
}

interface Constraint {
  operator: string;
  version: Version;
  /** Which parts were left out or are `x`; all the smaller ones are, too. */
  open: 'none' | 'patch' | 'minor' | 'major';
}

const PARTIAL = 'v?([0-9xX*]+)(\\.[0-9xX*]+)?(\\.[0-9xX*]+)?(-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?';
const UNGROUPED = PARTIAL.replace(/\((?!\?)/g, '(?:');
const OPERATOR = '=>|>=|<=|=<|!=|~>|=|>|<|~|\\^|';
const GROUP = new RegExp(`^\\s*(?:${OPERATOR})\\s*(?:${UNGROUPED})\\s*(?:(?:\\s+|,\\s*)(?:${OPERATOR})\\s*(?:${UNGROUPED})\\s*)*$`);
const GROUPS_MAX = 32;

/** Whether a version satisfies constraints: groups joined by `||`, of which one has to hold whole. Throws FunctionError. */
export function satisfies(versionOf: () => Version, constraints: string): boolean {
  const groups = parseConstraints(constraints); // faults of constraints come before those of versions
  const version = versionOf();
  return groups.some((group) => {
    const allowsPrereleases = group.some((one) => one.version.prerelease !== '');
    return group.every((one) => (version.prerelease === '' || allowsPrereleases) && holds(version, one));
  });
}

function parseConstraints(text: string): Constraint[][] {
  if (text.length > LENGTH_MAX) throw new FunctionError(`constraint string is too long (max ${LENGTH_MAX} bytes)`);
  const groups = text.replace(new RegExp(`\\s*(${UNGROUPED})\\s+-\\s+(${UNGROUPED})\\s*`, 'g'), '>= $1, <= $2 ').split('||');
  if (groups.length > GROUPS_MAX) throw new FunctionError(`too many constraint groups (max ${GROUPS_MAX})`);
  return groups.map((group) => {
    if (!GROUP.test(group)) throw new FunctionError(`improper constraint: ${goQuote(group)}`);
    return Array.from(group.matchAll(new RegExp(`(${OPERATOR})\\s*${PARTIAL}`, 'g')), ([, operator = '', major = '', minor = '', patch = '', prerelease = '']) => parseConstraint(operator, [major, minor.slice(1), patch.slice(1)], prerelease));
  });
}

function parseConstraint(operator: string, [major = '', minor = '', patch = '']: readonly string[], prerelease: string): Constraint {
  const isOpen = (part: string): boolean => part === '' || /^[xX*]$/.test(part);
  const open = isOpen(major) ? 'major' : isOpen(minor) ? 'minor' : isOpen(patch) ? 'patch' : 'none';
  const text = open === 'major' ? '0.0.0' : open === 'minor' ? `${major}.0.0` : open === 'patch' ? `${major}.${minor}.0` : `${major}.${minor}.${patch}`;
  let version: Version;
  try { version = parseVersion(text + prerelease); } catch { throw new FunctionError('constraint parser error'); }
  return { operator, version, open };
}

function holds(version: Version, constraint: Constraint): boolean {
  const { operator, version: bound, open } = constraint;
  const order = compareVersions(version, bound);
  switch (operator) {
    case '': case '=': return open === 'none' ? order === 0 : withinTilde(version, constraint);
    case '!=': return isDifferent(version, constraint);
    case '>': return isBeyond(version, constraint);
    case '<': return order < 0;
    case '>=': case '=>': return order >= 0;
    case '<=': case '=<':
      if (open === 'none') return order <= 0;
      return version.major < bound.major || (version.major === bound.major && (version.minor <= bound.minor || open === 'minor')); // `<=*` allows nothing above 0.x
    case '~': case '~>': return withinTilde(version, constraint);
    default: return withinCaret(version, constraint);
  }
}

function isDifferent(version: Version, { version: bound, open }: Constraint): boolean {
  if (open === 'none') return compareVersions(version, bound) !== 0;
  if (bound.major !== version.major) return true;
  if (open === 'minor') return false;
  if (bound.minor !== version.minor) return true;
  if (open === 'patch') return (version.prerelease !== '' || bound.prerelease !== '') && version.prerelease !== bound.prerelease;
  return compareVersions(version, bound) !== 0;
}

function isBeyond(version: Version, { version: bound, open }: Constraint): boolean {
  if (open === 'none' || open === 'major') return compareVersions(version, bound) > 0;
  if (version.major !== bound.major) return version.major > bound.major;
  return open === 'patch' && version.minor > bound.minor;
}

function withinTilde(version: Version, { version: bound, open }: Constraint): boolean {
  if (compareVersions(version, bound) < 0) return false;
  const isZero = bound.major === 0n && bound.minor === 0n && bound.patch === 0n;
  if (isZero && (open === 'none' || open === 'major')) return true;
  return version.major === bound.major && (version.minor === bound.minor || open === 'minor');
}

function withinCaret(version: Version, { version: bound, open }: Constraint): boolean {
  if (compareVersions(version, bound) < 0) return false;
  if (bound.major > 0n || open === 'minor') return version.major === bound.major;
  if (version.major > 0n) return false;
  if (bound.minor > 0n || open === 'patch') return version.minor === bound.minor;
  return version.minor === 0n && version.patch === bound.patch;
}
