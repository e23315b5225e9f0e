import { formatFieldErrors, type FieldError, goQuote, invalidValue, patternFault, subdomainFaults } from '@kubernode/apimachinery';

const PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const PATH_PATTERN = new RegExp(`^${PATH}$`);

/** Why extra fields cannot be impersonated outside the legacy mode; undefined when they can. */
export function extraFault(extra: Readonly<Record<string, readonly string[]>>): string | undefined {
  for (const [key, values] of Object.entries(extra)) {
    const fault = keyFault(key) ?? valuesFault(values);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function keyFault(key: string): string | undefined {
  if (key === '') return 'impersonating the empty string key in extra is not allowed';
  const errors = domainPathErrors(key, 'extra.key');
  if (errors.length > 0) return `impersonating an invalid key in extra is not allowed: ${formatFieldErrors(errors)}`;
  return key === key.toLowerCase() ? undefined : `impersonating a non-lowercase key in extra is not allowed: ${goQuote(key)}`;
}

function valuesFault(values: readonly string[]): string | undefined {
  if (values.length === 0) return 'impersonating empty values in extra is not allowed';
  return values.includes('') ? 'impersonating the empty string value in extra is not allowed' : undefined;
}

/** Keys look like `acme.io/foo`. */
export function domainPathErrors(key: string, field: string): FieldError[] {
  const slash = key.indexOf('/');
  const [host, path] = [key.slice(0, Math.max(slash, 0)), key.slice(slash + 1)];
  if (host === '' || path === '') return [invalidValue(field, key, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  return [
    ...subdomainFaults(host).map((fault) => invalidValue(field, host, fault)),
    ...(PATH_PATTERN.test(path) ? [] : [invalidValue(field, path, patternFault('Invalid path', PATH))]),
  ];
}
