import type { apiextensionsV1 } from '@kubernode/api';

type Definition = apiextensionsV1.CustomResourceDefinition;

/** Fills in what a definition leaves out: names from the kind, no conversion, the webhook's port. In place. */
export function defaultDefinition(definition: Definition): void {
  const { spec } = definition as Partial<Definition>;
  if (spec === undefined) return;
  const names = spec.names as Partial<Definition['spec']['names']> | undefined; // not validated yet
  if (names !== undefined) {
    if (isBlank(names.singular)) names.singular = (names.kind ?? '').toLowerCase();
    if (isBlank(names.listKind) && !isBlank(names.kind)) names.listKind = `${names.kind ?? ''}List`;
  }
  spec.conversion ??= { strategy: 'None' };
  const service = spec.conversion.webhook?.clientConfig?.service;
  if (service !== undefined) service.port ??= 443;
}

/** The version in which objects are written joins the list of those that may lie in the store. In place. */
export function recordStoredVersion(definition: Definition): void {
  const versions = definition.spec.versions as typeof definition.spec.versions | null; // not validated yet
  const storage = versions?.find((version) => version.storage)?.name;
  const { storedVersions = [], ...status } = definition.status ?? {};
  definition.status = { ...status, storedVersions: storage === undefined || storedVersions.includes(storage) ? storedVersions : [...storedVersions, storage] }; // the status may be shared with the old object
}

function isBlank(text: string | undefined): boolean {
  return text === undefined || text === '';
}
