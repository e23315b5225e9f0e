import { goQuote } from '@kubernode/apimachinery';
import { readingCost } from '../cost/units.ts';
import { structType, type CelType } from '../types/cel-type.ts';
import { CelError, Opaque, type Result, type Value } from '../values/value.ts';
import { bool, int, member, plain, string, type Arg, type FunctionEntry } from './define.ts';

export const semverType: CelType = structType('kubernetes.Semver');

class Semver extends Opaque {
  readonly type: CelType = semverType;
  readonly numbers: readonly [major: bigint, minor: bigint, patch: bigint];
  readonly prerelease: readonly string[];

  constructor(numbers: readonly [bigint, bigint, bigint], prerelease: readonly string[]) {
    super();
    this.numbers = numbers;
    this.prerelease = prerelease;
  }

  equals(other: Opaque): boolean {
    return other instanceof Semver && compare(this, other) === 0;
  }
}

const semver: Arg<Semver> = semverType;
const reading = ([text]: readonly Value[]): number => readingCost(text);

/** Semantic versions. */
export const semvers: readonly FunctionEntry[] = [
  ['semver', [
    plain('string_to_semver', [string], semver, toSemver, reading),
    plain('string_bool_to_semver', [string, bool], semver, (text, normalise) => toSemver(normalise ? normalised(text) : text), reading),
  ]],
  ['isSemver', [
    plain('is_semver_string', [string], bool, (text) => toSemver(text) instanceof Semver, reading),
    plain('is_semver_string_bool', [string, bool], bool, (text, normalise) => toSemver(normalise ? normalised(text) : text) instanceof Semver, reading),
  ]],
  ['isGreaterThan', [member('semver_is_greater_than', [semver, semver], bool, (a, b) => compare(a, b) > 0)]],
  ['isLessThan', [member('semver_is_less_than', [semver, semver], bool, (a, b) => compare(a, b) < 0)]],
  ['compareTo', [member('semver_compare_to', [semver, semver], int, (a, b) => BigInt(compare(a, b)))]],
  ['major', [member('semver_major', [semver], int, ({ numbers }) => numbers[0])]],
  ['minor', [member('semver_minor', [semver], int, ({ numbers }) => numbers[1])]],
  ['patch', [member('semver_patch', [semver], int, ({ numbers }) => numbers[2])]],
];

/** The value of a version's text, as `semver(text)` gives it. */
export function toSemver(text: string): Result {
  if (text === '') return new CelError('Version string empty');
  const [, core = '', prerelease, build] = /^([^+-]*)(?:-([^+]*))?(?:\+(.*))?$/s.exec(text) ?? [];
  const parts = core.split('.');
  if (parts.length < 3) return new CelError('No Major.Minor.Patch elements found');
  const numbers: bigint[] = [];
  for (const [i, part] of [parts[0] ?? '', parts[1] ?? '', parts.slice(2).join('.')].entries()) {
    if (!/^\d+$/.test(part)) return new CelError(`Invalid character(s) found in ${['major', 'minor', 'patch'][i] ?? ''} number ${goQuote(part)}`);
    if (part.length > 1 && part.startsWith('0')) return new CelError(`${['Major', 'Minor', 'Patch'][i] ?? ''} number must not contain leading zeroes ${goQuote(part)}`);
    numbers.push(BigInt(part));
  }
  const identifiers = prerelease?.split('.') ?? [];
  const bad = identifiers.map(prereleaseFault).find((fault) => fault !== undefined) ?? build?.split('.').map(buildFault).find((fault) => fault !== undefined);
  return bad === undefined ? new Semver([numbers[0] ?? 0n, numbers[1] ?? 0n, numbers[2] ?? 0n], identifiers) : new CelError(bad);
}

function prereleaseFault(identifier: string): string | undefined {
  if (identifier === '') return 'Prerelease is empty';
  if (/^0\d+$/.test(identifier)) return `Numeric PreRelease version must not contain leading zeroes ${goQuote(identifier)}`;
  return /^[0-9A-Za-z-]+$/.test(identifier) ? undefined : `Invalid character(s) found in prerelease ${goQuote(identifier)}`;
}

function buildFault(identifier: string): string | undefined {
  if (identifier === '') return 'Build meta data is empty';
  return /^[0-9A-Za-z-]+$/.test(identifier) ? undefined : `Invalid character(s) found in build meta data ${goQuote(identifier)}`;
}

/** A leading `v` off, missing parts as 0, leading zeros off: `v01.2` is `1.2.0`. */
function normalised(text: string): string {
  const [, core = '', rest = ''] = /^v?([0-9.]*)(.*)$/s.exec(text) ?? [];
  const parts = core.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  while (parts.length < 3 && rest === '') parts.push('0');
  return `${parts.join('.')}${rest}`;
}

function compare(a: Semver, b: Semver): -1 | 0 | 1 {
  for (const i of [0, 1, 2] as const) if (a.numbers[i] !== b.numbers[i]) return a.numbers[i] < b.numbers[i] ? -1 : 1;
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return Math.sign(b.prerelease.length - a.prerelease.length) as -1 | 0 | 1; // the sign of a number
  for (let i = 0; i < Math.min(a.prerelease.length, b.prerelease.length); i++) {
    const order = compareIdentifiers(a.prerelease[i] ?? '', b.prerelease[i] ?? '');
    if (order !== 0) return order;
  }
  return Math.sign(a.prerelease.length - b.prerelease.length) as -1 | 0 | 1; // the sign of a number
}

function compareIdentifiers(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  const [numericA, numericB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (numericA !== numericB) return numericA ? -1 : 1;
  if (numericA) return BigInt(a) < BigInt(b) ? -1 : 1;
  return a < b ? -1 : 1;
}
