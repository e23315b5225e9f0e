import type { coreV1 } from '@kubernode/api';
import { forbiddenField, invalidValue, notSupported, required, tooLong, type FieldError } from '@kubernode/apimachinery';
import { internalJson } from '../go-text/internal-json.ts';
import { containersOf } from './container-visitor.ts';
import { descendingPathFaults } from './local-paths.ts';

const PROFILE_TYPES: readonly string[] = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const PROFILE_LENGTH_MAX = 4095;
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
export const APP_ARMOR_CONTAINER = 'container.apparmor.security.beta.kubernetes.io/';

export function seccompFaults(profile: Readonly<Partial<coreV1.SeccompProfile>> | undefined, path: string): FieldError[] {
  if (profile === undefined) return [];
  const { type = '', localhostProfile } = profile;
  const errors: FieldError[] = [];
  if (type === '') errors.push(required(`${path}.type`, 'type is required when seccompProfile is set'));
  else if (!PROFILE_TYPES.includes(type)) errors.push(notSupported(`${path}.type`, type, PROFILE_TYPES));
  if (type !== 'Localhost') {
    if (localhostProfile !== undefined) errors.push(invalidValue(`${path}.localhostProfile`, internalJson('SeccompProfile', profile), 'can only be set when seccomp type is Localhost'));
  } else if (localhostProfile === undefined) errors.push(required(`${path}.localhostProfile`, 'must be set when seccomp type is Localhost'));
  else errors.push(...descendingPathFaults(localhostProfile, `${path}.localhostProfile`));
  return errors;
}

export function appArmorFaults(profile: Readonly<Partial<coreV1.AppArmorProfile>> | undefined, path: string): FieldError[] {
  if (profile === undefined) return [];
  const { type = '', localhostProfile } = profile;
  if (type === '') return [required(`${path}.type`, 'type is required when appArmorProfile is set')];
  if (!PROFILE_TYPES.includes(type)) return [notSupported(`${path}.type`, type, PROFILE_TYPES)];
  const at = `${path}.localhostProfile`;
  if (type !== 'Localhost') return localhostProfile === undefined ? [] : [invalidValue(at, localhostProfile, 'can only be set when AppArmor type is Localhost')];
  if (localhostProfile === undefined || localhostProfile === '') return [required(at, 'must be set when AppArmor type is Localhost')];
  return [
    ...(localhostProfile.trim() === localhostProfile ? [] : [invalidValue(at, localhostProfile, 'must not be padded with whitespace')]),
    ...(localhostProfile.length > PROFILE_LENGTH_MAX ? [tooLong(at, PROFILE_LENGTH_MAX)] : []),
  ];
}

type Annotations = Readonly<Record<string, string>>;

/** The annotations that named profiles before there were fields. */
export function profileAnnotationFaults(annotations: Annotations, spec: Readonly<coreV1.PodSpec>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set(containersOf(spec, '').map(([{ name }]) => name));
  for (const [key, profile] of Object.entries(annotations)) {
    if (key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER)) errors.push(...seccompAnnotationFaults(profile, `${path}.${key}`));
    if (!key.startsWith(APP_ARMOR_CONTAINER)) continue;
    const name = key.slice(APP_ARMOR_CONTAINER.length);
    if (!names.has(name)) errors.push(invalidValue(`${path}[${key}]`, name, 'container not found'));
    if (!isAppArmorText(profile)) errors.push(invalidValue(`${path}[${key}]`, profile, `invalid AppArmor profile name: ${JSON.stringify(profile)}`));
  }
  return errors;
}

function seccompAnnotationFaults(profile: string, path: string): FieldError[] {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(profile)) return [];
  return profile.startsWith('localhost/') ? descendingPathFaults(profile.slice('localhost/'.length), path) : [invalidValue(path, profile, 'must be a valid seccomp profile')];
}

function isAppArmorText(profile: string): boolean {
  return ['', 'runtime/default', 'unconfined'].includes(profile) || profile.startsWith('localhost/');
}

/** The field that an annotation stands for; undefined when it stands for none. */
export function appArmorOfAnnotation(profile: string): coreV1.AppArmorProfile | undefined {
  if (profile === 'runtime/default') return { type: 'RuntimeDefault' };
  if (profile === 'unconfined') return { type: 'Unconfined' };
  return profile.startsWith('localhost/') ? { type: 'Localhost', localhostProfile: profile.slice('localhost/'.length) } : undefined;
}

/** Where annotation and field both speak, they say the same. */
export function profileMatchFaults(annotations: Annotations, spec: Readonly<coreV1.PodSpec>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { securityContext: pod } = spec;
  if (pod?.seccompProfile !== undefined) errors.push(...matchFaults('seccomp', annotations[SECCOMP_POD], pod.seccompProfile, `${path}.securityContext.seccompProfile`));
  const containers = containersOf(spec, path);
  for (const [{ name, securityContext }, at] of containers) {
    if (securityContext?.seccompProfile !== undefined) errors.push(...matchFaults('seccomp', annotations[`${SECCOMP_CONTAINER}${name}`], securityContext.seccompProfile, `${at}.securityContext.seccompProfile`));
  }
  if (spec.os?.name === 'windows') return errors;
  for (const [{ name, securityContext }, at] of containers) {
    const profile = securityContext?.appArmorProfile ?? pod?.appArmorProfile;
    if (profile !== undefined) errors.push(...matchFaults('apparmor', annotations[`${APP_ARMOR_CONTAINER}${name}`], profile, `${at}.securityContext.appArmorProfile`));
  }
  return errors;
}

function matchFaults(what: 'seccomp' | 'apparmor', annotation: string | undefined, { type, localhostProfile }: Readonly<coreV1.SeccompProfile>, path: string): FieldError[] {
  if (annotation === undefined) return [];
  const differs = [forbiddenField(`${path}.type`, `${what} type in annotation and field must match`)];
  switch (type) {
    case 'Unconfined': return annotation === 'unconfined' ? [] : differs;
    case 'RuntimeDefault': return annotation === 'runtime/default' || (what === 'seccomp' && annotation === 'docker/default') ? [] : differs;
    case 'Localhost':
      if (!annotation.startsWith('localhost/')) return differs;
      return annotation.slice('localhost/'.length) === localhostProfile ? [] : [forbiddenField(`${path}.localhostProfile`, `${what} profile in annotation and field must match`)];
    default: return [];
  }
}
