import { emptyFault, patternFault, subdomainFaults } from './name-rules.ts';

const NAME_PATTERN = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const NAME = new RegExp(`^${NAME_PATTERN}$`);
const NAME_RULE = patternFault("must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", NAME_PATTERN, 'MyName', 'my.name', '123-abc');
const VALUE_PATTERN = `(${NAME_PATTERN})?`;
const VALUE = new RegExp(`^${VALUE_PATTERN}$`);
const VALUE_RULE = patternFault("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", VALUE_PATTERN, 'MyValue', 'my_value', '12345');
const MAX_BYTES = 63;

/** What is wrong with a label key (a "qualified name"): `[prefix/]name`. Empty when nothing is. */
export function labelKeyFaults(key: string): string[] {
  const parts = key.split('/');
  if (parts.length > 2) return [`a valid label key ${NAME_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  const name = parts[parts.length - 1] ?? '';
  const faults = parts.length === 2 ? prefixFaults(parts[0] ?? '') : [];
  if (name === '') faults.push(`name part ${emptyFault}`);
  else if (Buffer.byteLength(name) > MAX_BYTES) faults.push(`name part must be no more than ${MAX_BYTES} bytes`);
  if (!NAME.test(name)) faults.push(`name part ${NAME_RULE}`);
  return faults;
}

function prefixFaults(prefix: string): string[] {
  if (prefix === '') return [`prefix part ${emptyFault}`];
  return subdomainFaults(prefix, 'bytes').map((fault) => `prefix part ${fault}`);
}

/** What is wrong with a label value. */
export function labelValueFaults(value: string): string[] {
  const faults: string[] = [];
  if (Buffer.byteLength(value) > MAX_BYTES) faults.push(`must be no more than ${MAX_BYTES} bytes`);
  if (!VALUE.test(value)) faults.push(VALUE_RULE);
  return faults;
}
