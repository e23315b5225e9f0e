import { invalidValue, type FieldError } from '@kubernode/apimachinery';

/** From what allows all to what allows least. */
const LEVELS = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof LEVELS)[number];

/** The minor version whose rules hold; Infinity for the latest. */
export interface LevelVersion { readonly level: Level; readonly minor: number }

/** What a namespace's labels ask for: refuse, write down, warn. */
export interface Policy { readonly enforce: LevelVersion; readonly audit: LevelVersion; readonly warn: LevelVersion }

const PREFIX = 'pod-security.kubernetes.io/';
const UNRESTRICTED: LevelVersion = { level: 'privileged', minor: Infinity };
export const NO_RESTRICTIONS: Policy = { enforce: UNRESTRICTED, audit: UNRESTRICTED, warn: UNRESTRICTED };

/** Reads the labels, over what holds without them; what cannot be read is a fault, and enforced strictly but neither audited nor warned of. */
export function policyOf(labels: Readonly<Record<string, string>> | undefined, defaults: Policy = NO_RESTRICTIONS): { policy: Policy; faults: FieldError[] } {
  const faults: FieldError[] = [];
  const refuse = (key: string, value: string, why: string): void => { faults.push(invalidValue(`metadata.labels[${key}]`, value, why)); };
  const read = (mode: string, ifUnreadable: Level): { level?: Level; minor?: number; readable: boolean } => {
    const levelKey = `${PREFIX}${mode}`;
    const versionKey = `${PREFIX}${mode}-version`;
    const [levelText, versionText] = [labels?.[levelKey], labels?.[versionKey]];
    const level = levelOf(levelText);
    if (levelText !== undefined && level === undefined) refuse(levelKey, levelText, `must be one of ${LEVELS.join(', ')}`);
    const minor = versionText === undefined ? undefined : minorOf(versionText);
    if (versionText !== undefined && minor === undefined) refuse(versionKey, versionText, 'must be "latest" or "v1.x"');
    return { ...(levelText !== undefined && { level: level ?? ifUnreadable }), ...(versionText !== undefined && { minor: minor ?? Infinity }), readable: level !== undefined };
  };
  const [enforced, audited, warned] = [read('enforce', 'restricted'), read('audit', 'privileged'), read('warn', 'privileged')];
  const enforce = { ...defaults.enforce, ...pick(enforced) };
  const followsEnforce = warned.level === undefined && enforced.readable && isStricter(enforce.level, defaults.warn.level);
  const warn = followsEnforce ? { level: enforce.level, minor: warned.minor ?? enforce.minor } : { ...defaults.warn, ...pick(warned) };
  return { policy: { enforce, audit: { ...defaults.audit, ...pick(audited) }, warn }, faults };
}

function pick({ level, minor }: { level?: Level; minor?: number }): Partial<LevelVersion> {
  return { ...(level !== undefined && { level }), ...(minor !== undefined && { minor }) };
}

/** Undefined for what is none. */
export function levelOf(text: string | undefined): Level | undefined {
  return LEVELS.find((one) => one === text);
}

/** Of `latest` or `v1.x`; undefined for what is neither. */
export function minorOf(version: string): number | undefined {
  if (version === 'latest') return Infinity;
  const [, minor] = /^v1\.([0-9]|[1-9][0-9]*)$/.exec(version) ?? [];
  return minor === undefined ? undefined : Number(minor);
}

/** `restricted:v1.30` */
export function formatLevel({ level, minor }: LevelVersion): string {
  return `${level}:${minor === Infinity ? 'latest' : `v1.${minor}`}`;
}

export function sameLevel(a: LevelVersion, b: LevelVersion): boolean {
  return a.level === b.level && a.minor === b.minor;
}

export function isStricter(a: Level, b: Level): boolean {
  return LEVELS.indexOf(a) > LEVELS.indexOf(b);
}
