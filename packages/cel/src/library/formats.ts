import { dns1035LabelFaults, dnsLabelFaults, labelKeyFaults, labelValueFaults, subdomainFaults } from '@kubernode/apimachinery';
import { PER_CHARACTER, PER_REGEX_CHARACTER, sizeForCost } from '../cost/units.ts';
import { structType, type CelType } from '../types/cel-type.ts';
import { ArrayList } from '../values/list.ts';
import { parseTimestamp } from '../values/time-text.ts';
import { Opaque, Optional, type Value } from '../values/value.ts';
import { listOf, member, optionalOf, plain, string, type Arg, type FunctionEntry } from './define.ts';
import { parseUrl } from './urls.ts';

export const formatType: CelType = structType('kubernetes.NamedFormat');

class Format extends Opaque {
  readonly type: CelType = formatType;
  readonly name: string;
  readonly faults: (text: string) => readonly string[];
  /** Characters of the regular expression that Kubernetes checks with; what `validate` costs hangs on it. */
  readonly regexSize: number;

  constructor(name: string, regexSize: number, faults: (text: string) => readonly string[]) {
    super();
    this.name = name;
    this.regexSize = regexSize;
    this.faults = faults;
  }

  equals(other: Opaque): boolean {
    return other instanceof Format && other.name === this.name;
  }
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/;

const FORMATS: ReadonlyMap<string, Format> = new Map([
  ['dns1123Label', new Format('DNS1123Label', 30, dnsLabelFaults)],
  ['dns1123Subdomain', new Format('DNS1123Subdomain', 60, (text) => subdomainFaults(text))],
  ['dns1035Label', new Format('DNS1035Label', 30, dns1035LabelFaults)],
  ['qualifiedName', new Format('QualifiedName', 60, labelKeyFaults)],
  ['dns1123LabelPrefix', new Format('DNS1123LabelPrefix', 30, (text) => dnsLabelFaults(asPrefix(text)))],
  ['dns1123SubdomainPrefix', new Format('DNS1123SubdomainPrefix', 60, (text) => subdomainFaults(asPrefix(text)))],
  ['dns1035LabelPrefix', new Format('DNS1035LabelPrefix', 30, (text) => dns1035LabelFaults(asPrefix(text)))],
  ['labelValue', new Format('LabelValue', 40, labelValueFaults)],
  ['uri', new Format('URI', 1194, (text) => { const parts = parseUrl(text); return typeof parts === 'string' ? [parts] : []; })],
  ['uuid', new Format('uuid', 77, (text) => (UUID.test(text) ? [] : ['does not match the UUID format']))],
  ['byte', new Format('byte', 84, (text) => (BASE64.test(text) ? [] : ['invalid base64']))],
  ['date', new Format('date', 95, (text) => (/^\d{4}-\d{2}-\d{2}$/.test(text) && parseTimestamp(`${text}T00:00:00Z`) !== undefined ? [] : ['invalid date']))],
  ['datetime', new Format('datetime', 95, (text) => (parseTimestamp(text.toUpperCase()) === undefined ? ['invalid datetime'] : []))],
]);

const format: Arg<Format> = formatType;

/** Kubernetes' named text formats. */
export const formats: readonly FunctionEntry[] = [
  ['format.named', [plain('format-named', [string], optionalOf(formatType), (name) => { const known = FORMATS.get(name); return known === undefined ? Optional.none : new Optional(known); })]],
  ['validate', [member('format-validate', [format, string], optionalOf(listOf(string)), validate, validationCost)]],
  ...[...FORMATS].map(([name, value]): FunctionEntry => [`format.${name}`, [plain(`format.${name}`, [], formatType, () => value)]]),
];

function validate({ faults }: Format, text: string): Optional {
  const found = faults(text);
  return found.length === 0 ? Optional.none : new Optional(new ArrayList(found));
}

function validationCost([of = null, text = null]: readonly Value[]): number {
  const regexSize = of instanceof Format ? of.regexSize : 0;
  return Math.ceil((1 + sizeForCost(text)) * PER_CHARACTER) * Math.ceil(regexSize * PER_REGEX_CHARACTER);
}

/** What generateName takes: a trailing dash is fine. */
function asPrefix(text: string): string {
  return text.endsWith('-') ? `${text.slice(0, -1)}a` : text;
}
