import { dnsLabelFaults, duplicate, formatFieldErrors, invalidValue, repeatedIndexes, subdomainFaults, type FieldError } from '@kubernode/apimachinery';
import { readConfigDocument } from '../../authn/config-document.ts';
import { levelOf, minorOf, NO_RESTRICTIONS, type Policy } from './policy.ts';

/** What holds where a namespace says nothing, and who is not judged at all. */
export interface PodSecurityConfiguration {
  readonly defaults: Policy;
  readonly exemptions: { readonly usernames: ReadonlySet<string>; readonly namespaces: ReadonlySet<string>; readonly runtimeClasses: ReadonlySet<string> };
}

const MODES = ['enforce', 'warn', 'audit'] as const;
const EXEMPTIONS = ['namespaces', 'runtimeClasses', 'usernames'] as const;
const LEVEL_SHAPE = { enforce: true, 'enforce-version': true, audit: true, 'audit-version': true, warn: true, 'warn-version': true } as const;
const SHAPE = { defaults: LEVEL_SHAPE, exemptions: { usernames: [true], namespaces: [true], runtimeClasses: [true] } } as const;
const NAME_FAULTS: Readonly<Record<(typeof EXEMPTIONS)[number], (name: string) => readonly string[]>> = {
  namespaces: (name) => dnsLabelFaults(name), runtimeClasses: (name) => subdomainFaults(name), usernames: (name) => (name === '' ? ['username must not be empty'] : []),
};

/** Throws an Error in Kubernetes' words. */
export function readPodSecurityConfiguration(text: string | undefined): PodSecurityConfiguration {
  const document = text === undefined ? {} : readConfigDocument(text, { group: 'pod-security.admission.config.k8s.io', kind: 'PodSecurityConfiguration', versions: ['v1', 'v1beta1', 'v1alpha1'], shape: SHAPE });
  const { defaults = {}, exemptions = {} } = document as { defaults?: Readonly<Record<string, string>>; exemptions?: Partial<Record<(typeof EXEMPTIONS)[number], readonly string[]>> }; // by the shape; values are judged below
  const faults = [...MODES.flatMap((mode) => defaultFaults(mode, defaults)), ...EXEMPTIONS.flatMap((kind) => exemptionFaults(kind, exemptions[kind] ?? []))];
  if (faults.length > 0) throw new Error(formatFieldErrors(faults));
  const modes = MODES.map((mode) => [mode, { level: levelOf(defaults[mode]) ?? NO_RESTRICTIONS[mode].level, minor: minorOf(defaults[`${mode}-version`] || 'latest') ?? Infinity }] as const);
  return {
    defaults: Object.fromEntries(modes) as unknown as Policy, // one entry for each mode
    exemptions: { usernames: new Set(exemptions.usernames), namespaces: new Set(exemptions.namespaces), runtimeClasses: new Set(exemptions.runtimeClasses) },
  };
}

function defaultFaults(mode: string, defaults: Readonly<Record<string, string>>): FieldError[] {
  const [level, version] = [defaults[mode], defaults[`${mode}-version`]];
  return [
    ...(!level || levelOf(level) !== undefined ? [] : [invalidValue(`defaults.${mode}`, level, 'must be one of privileged, baseline, restricted')]),
    ...(!version || minorOf(version) !== undefined ? [] : [invalidValue(`defaults.${mode}-version`, version, 'must be "latest" or "v1.x"')]),
  ];
}

function exemptionFaults(kind: (typeof EXEMPTIONS)[number], names: readonly string[]): FieldError[] {
  const repeated = repeatedIndexes(names);
  return names.flatMap((name, index) => {
    const at = `exemptions.${kind}[${index}]`;
    const faults = NAME_FAULTS[kind](name);
    if (faults.length > 0) return [invalidValue(at, name, faults.join(', '))];
    return repeated.has(index) ? [duplicate(at, name)] : [];
  });
}
