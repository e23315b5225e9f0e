import { isIP } from 'node:net';
import { dnsLabelFaults, subdomainFaults } from '@kubernode/apimachinery';
import { isUrl, parseTimestamp } from '@kubernode/cel';

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const CREDIT_CARD = /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/;
const DURATION_UNITS = 'ns|nano|nanosecond|us|µs|micro|microsecond|ms|milli|millisecond|s|sec|second|m|min|minute|h|hr|hour|d|day|w|wk|week';

/** Text formats that schemas can ask for and what fits them. Others have no effect. Names as OpenAPI writes them, without dashes. */
const FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map<string, (text: string) => boolean>([
  ['bsonobjectid', (text) => /^[0-9a-fA-F]{24}$/.test(text)],
  ['uri', isUrl],
  ['email', (text) => /^(?:[^<>@]*<)?[^\s@<>()[\],;:\\"]+@[^\s@<>()[\],;:\\"]+>?$/.test(text)],
  ['hostname', (text) => text.length <= 255 && /^([a-zA-Z0-9\p{L}_](?:[a-zA-Z0-9\p{L}_-]{0,62}[a-zA-Z0-9\p{L}_])?\.?)+$/u.test(text)],
  ['ipv4', (text) => isIP(text) === 4], ['ipv6', (text) => isIP(text) === 6],
  ['cidr', (text) => { const [address = '', bits = '', rest] = text.split('/'); return rest === undefined && /^\d{1,3}$/.test(bits) && isIP(address) !== 0 && Number(bits) <= (isIP(address) === 4 ? 32 : 128); }],
  ['mac', (text) => /^(?:[0-9a-fA-F]{2}([:-]))(?:[0-9a-fA-F]{2}\1){4,}[0-9a-fA-F]{2}$|^(?:[0-9a-fA-F]{4}\.){2,}[0-9a-fA-F]{4}$/.test(text)],
  ['uuid', (text) => UUID.test(text)], ['uuid3', (text) => UUID.test(text) && hexDigit(text, 12) === '3'],
  ['uuid4', (text) => UUID.test(text) && hexDigit(text, 12) === '4' && /[89ab]/i.test(hexDigit(text, 16))],
  ['uuid5', (text) => UUID.test(text) && hexDigit(text, 12) === '5' && /[89ab]/i.test(hexDigit(text, 16))],
  ['isbn', (text) => isIsbn10(text) || isIsbn13(text)], ['isbn10', isIsbn10], ['isbn13', isIsbn13],
  ['creditcard', (text) => CREDIT_CARD.test(text.replace(/\D/g, '')) && passesLuhn(text.replace(/\D/g, ''))],
  ['ssn', (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text)],
  ['hexcolor', (text) => /^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(text)],
  ['rgbcolor', (text) => /^rgb\(\s*(?:(?:[01]?\d{1,2}|2[0-4]\d|25[0-5])\s*,\s*){2}(?:[01]?\d{1,2}|2[0-4]\d|25[0-5])\s*\)$/.test(text)],
  ['byte', (text) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/.test(text)],
  ['password', () => true],
  ['date', (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && parseTimestamp(`${text}T00:00:00Z`) !== undefined],
  ['duration', (text) => new RegExp(`^[+-]?(?:\\d+\\.?\\d*\\s*(?:${DURATION_UNITS})s?)+$|^0$`).test(text.trim())],
  ['datetime', isDateTime],
  ['k8sshortname', (text) => dnsLabelFaults(text).length === 0],
  ['k8slongname', (text) => subdomainFaults(text).length === 0],
]);

/** Whether a text has a format; unknown formats fit everything. */
export function fitsFormat(format: string, text: string): boolean {
  return FORMATS.get(format.replaceAll('-', ''))?.(text) ?? true;
}

/** Whether the format is one that values are held to. */
export function isKnownFormat(format: string): boolean {
  return FORMATS.has(format.replaceAll('-', ''));
}

function isDateTime(text: string): boolean {
  const [, date = '', time = '', zone = ''] = /^(\d{4}-\d{2}-\d{2})[tT ]?(\d{2}:\d{2}:\d{2}(?:\.\d+)?)?([zZ]|[+-]\d{2}:?\d{2})?$/.exec(text) ?? [];
  if (date === '' || time === '') return false;
  return parseTimestamp(`${date}T${time}${zone === '' ? 'Z' : zone.toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')}`) !== undefined;
}

function hexDigit(text: string, index: number): string {
  return text.replaceAll('-', '')[index] ?? '';
}

function isIsbn10(text: string): boolean {
  const digits = text.replace(/[\s-]/g, '');
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  return Array.from(digits).reduce((sum, digit, i) => sum + (digit === 'X' ? 10 : Number(digit)) * (10 - i), 0) % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = text.replace(/[\s-]/g, '');
  return /^\d{13}$/.test(digits) && Array.from(digits).reduce((sum, digit, i) => sum + Number(digit) * (i % 2 === 0 ? 1 : 3), 0) % 10 === 0;
}

function passesLuhn(digits: string): boolean {
  const sum = Array.from(digits).reverse().reduce((total, digit, i) => {
    const value = Number(digit) * (i % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
