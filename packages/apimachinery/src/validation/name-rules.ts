/**
 * Rules of names. Each returns what is wrong in Kubernetes' words, nothing when the value is well-formed. A `NameRule` with
 * `prefix` set judges the start of a name to be generated, which may end in a dash.
 */
export type NameRule = (name: string, prefix?: boolean) => string[];

export const emptyFault = 'must be non-empty';

const LABEL_PATTERN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN_PATTERN = `${LABEL_PATTERN}(\\.${LABEL_PATTERN})*`;
const UNDERSCORE_LABEL_PATTERN = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const UNDERSCORE_SUBDOMAIN_PATTERN = `${UNDERSCORE_LABEL_PATTERN}(\\.${UNDERSCORE_LABEL_PATTERN})*`;
const DNS1035_PATTERN = '[a-z]([-a-z0-9]*[a-z0-9])?';
const WILDCARD_PATTERN = `\\*\\.${SUBDOMAIN_PATTERN}`;
const CONFIG_KEY_PATTERN = '[-._a-zA-Z0-9]+';
const C_IDENTIFIER_PATTERN = '[A-Za-z_][A-Za-z0-9_]*';
const HEADER_PATTERN = '[-A-Za-z0-9]+';
const PERCENT_PATTERN = '[0-9]+%';

const whole = (pattern: string): RegExp => new RegExp(`^${pattern}$`);
const LABEL = whole(LABEL_PATTERN);
const SUBDOMAIN = whole(SUBDOMAIN_PATTERN);
const UNDERSCORE_SUBDOMAIN = whole(UNDERSCORE_SUBDOMAIN_PATTERN);
const DNS1035 = whole(DNS1035_PATTERN);
const WILDCARD = whole(WILDCARD_PATTERN);
const CONFIG_KEY = whole(CONFIG_KEY_PATTERN);
const C_IDENTIFIER = whole(C_IDENTIFIER_PATTERN);
const HEADER = whole(HEADER_PATTERN);
const PERCENT = whole(PERCENT_PATTERN);

const LABEL_RULE = patternFault("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character", LABEL_PATTERN, 'my-name', '123-abc');
const SUBDOMAIN_RULE = patternFault("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character", SUBDOMAIN_PATTERN, 'example.com');
const UNDERSCORE_SUBDOMAIN_RULE = patternFault("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character", UNDERSCORE_SUBDOMAIN_PATTERN, 'example.com');
const DNS1035_RULE = patternFault("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character", DNS1035_PATTERN, 'my-name', 'abc-123');
const WILDCARD_RULE = patternFault("a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character", WILDCARD_PATTERN, '*.example.com');
const CONFIG_KEY_RULE = patternFault("a valid config key must consist of alphanumeric characters, '-', '_' or '.'", CONFIG_KEY_PATTERN, 'key.name', 'KEY_NAME', 'key-name');
const C_IDENTIFIER_RULE = patternFault("a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'", C_IDENTIFIER_PATTERN, 'my_name', 'MY_NAME', 'MyName');
const HEADER_RULE = patternFault("a valid HTTP header must consist of alphanumeric characters or '-'", HEADER_PATTERN, 'X-Header-Name');
const PERCENT_RULE = patternFault("a valid percent string must be a numeric string followed by an ending '%'", PERCENT_PATTERN, '1%', '93%');

/** The sentence for a value that does not match a pattern; examples come before the pattern. */
export function patternFault(rule: string, pattern: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${rule} (regex used for validation is '${pattern}')`;
  return `${rule} (e.g. ${examples.map((example) => `'${example}', `).join(' or ')}regex used for validation is '${pattern}')`;
}

/** The sentence for too many bytes; Kubernetes says "characters" in its older rules. */
export function maxLengthFault(max: number, unit: 'characters' | 'bytes' = 'characters'): string {
  return `must be no more than ${max} ${unit}`;
}

export function rangeFault(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

const longerThan = (value: string, max: number): boolean => value.length > max || (value.length * 3 > max && Buffer.byteLength(value) > max);

/** DNS label of RFC 1123. */
export function dnsLabelFaults(value: string): string[] {
  const faults = longerThan(value, 63) ? [maxLengthFault(63)] : [];
  if (!LABEL.test(value)) faults.push(SUBDOMAIN.test(value) ? 'must not contain dots' : LABEL_RULE);
  return faults;
}

/** DNS subdomain of RFC 1123. */
export function subdomainFaults(value: string, unit: 'characters' | 'bytes' = 'characters'): string[] {
  const faults = longerThan(value, 253) ? [maxLengthFault(253, unit)] : [];
  if (!SUBDOMAIN.test(value)) faults.push(SUBDOMAIN_RULE);
  return faults;
}

export function underscoreSubdomainFaults(value: string): string[] {
  const faults = longerThan(value, 253) ? [maxLengthFault(253)] : [];
  if (!UNDERSCORE_SUBDOMAIN.test(value)) faults.push(UNDERSCORE_SUBDOMAIN_RULE);
  return faults;
}

/** DNS label of RFC 1035: begins with a letter. */
export function dns1035LabelFaults(value: string): string[] {
  const faults = longerThan(value, 63) ? [maxLengthFault(63)] : [];
  if (!DNS1035.test(value)) faults.push(DNS1035_RULE);
  return faults;
}

/** `*.` and a subdomain. */
export function wildcardSubdomainFaults(value: string): string[] {
  const faults = longerThan(value, 253) ? [maxLengthFault(253)] : [];
  if (!WILDCARD.test(value)) faults.push(WILDCARD_RULE);
  return faults;
}

/** Key of a ConfigMap or Secret: becomes a file name. */
export function configKeyFaults(value: string): string[] {
  const faults = longerThan(value, 253) ? [maxLengthFault(253)] : [];
  if (!CONFIG_KEY.test(value)) faults.push(CONFIG_KEY_RULE);
  return [...faults, ...dotFaults(value)];
}

/** Name of an environment variable: printable ASCII but `=`. */
export function relaxedEnvNameFaults(value: string): string[] {
  if (value === '') return [`environment variable name ${emptyFault}`];
  return /^[ -<>-~]*$/.test(value) ? [] : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

export function cIdentifierFaults(value: string): string[] {
  return C_IDENTIFIER.test(value) ? [] : [C_IDENTIFIER_RULE];
}

export function headerNameFaults(value: string): string[] {
  return HEADER.test(value) ? [] : [HEADER_RULE];
}

export function percentFaults(value: string): string[] {
  return PERCENT.test(value) ? [] : [PERCENT_RULE];
}

export function portNumberFaults(port: number): string[] {
  return port >= 1 && port <= 65535 ? [] : [rangeFault(1, 65535)];
}

/** IANA service name: at most 15 of `a-z0-9-` with a letter. */
export function portNameFaults(name: string): string[] {
  const faults = longerThan(name, 15) ? [maxLengthFault(15)] : [];
  if (!/^[-a-z0-9]+$/.test(name)) faults.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(name)) faults.push('must contain at least one letter (a-z)');
  if (name.includes('--')) faults.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) faults.push('must not begin or end with a hyphen');
  return faults;
}

function dotFaults(value: string): string[] {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

/** What may stand in a URL path as one segment; roles and bindings need no more. */
export const pathSegmentName: NameRule = (name, prefix = false) => {
  if (!prefix && (name === '.' || name === '..')) return [`may not be '${name}'`];
  return ['/', '%'].filter((bad) => name.includes(bad)).map((bad) => `may not contain '${bad}'`);
};

export const dnsSubdomainName: NameRule = (name, prefix = false) => subdomainFaults(prefix ? maskTrailingDash(name) : name);
export const dnsLabelName: NameRule = (name, prefix = false) => dnsLabelFaults(prefix ? maskTrailingDash(name) : name);

/** Kubernetes replaces the last two characters, not one; kept, since the outcome differs for `-` before the dash. */
function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;
}
