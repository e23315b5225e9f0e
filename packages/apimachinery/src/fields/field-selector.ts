import { badRequest } from '../errors/status-error.ts';

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** All requirements have to hold; the empty selector selects everything. */
export type FieldSelector = readonly FieldRequirement[];

/** Whether an object's selectable fields meet every requirement; a field that is not there counts as empty. */
export function matchesFields(selector: FieldSelector, fields: Readonly<Record<string, string>>): boolean {
  return selector.every(({ field, operator, value }) => ((fields[field] ?? '') === value) === (operator === '='));
}

/**
 * Reads `metadata.name=a,status.phase!=Running`. `==` is `=`; `\`, `,` and `=` in values are escaped by `\`.
 * Terms come back in sorted order, as Kubernetes sorts them before it complains about the first bad one.
 * @throws StatusError 400 with Kubernetes' message.
 */
export function parseFieldSelector(text: string): FieldSelector {
  const requirements: FieldRequirement[] = [];
  for (const term of splitTerms(text).sort()) {
    if (term === '') continue;
    const match = /^(.*?)(!=|==|=)(.*)$/su.exec(term);
    if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field = '', operator, value = ''] = match;
    const requirement: FieldRequirement = { field, operator: operator === '!=' ? '!=' : '=', value: unescapeValue(value) };
    if (field !== '' || value !== '') requirements.push(requirement); // a lone operator restricts nothing
  }
  return requirements;
}

/** The text that parses to the same selector. */
export function formatFieldSelector(selector: FieldSelector): string {
  return selector.map(({ field, operator, value }) => `${field}${operator}${escapeFieldValue(value)}`).join(',');
}

/** A value as it may stand in a field selector. */
export function escapeFieldValue(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&');
}

/** The single value that a selector demands of a field, if it demands one. */
export function requiredFieldValue(selector: FieldSelector, field: string): string | undefined {
  return selector.find((requirement) => requirement.field === field && requirement.operator === '=')?.value;
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',') { terms.push(text.slice(start, i)); start = i + 1; }
  }
  terms.push(text.slice(start));
  return terms;
}

function unescapeValue(value: string): string {
  if (!/[\\,=]/.test(value)) return value;
  let plain = '';
  const characters = Array.from(value); // code points, as Go's runes
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? '';
    if (character === ',' || character === '=') throw badRequest(`invalid field selector: unescaped character in value: ${character.codePointAt(0)}`); // Go prints the rune's number
    if (character !== '\\') { plain += character; continue; }
    const escaped = characters[++i] ?? '';
    if (escaped === '' || !'\\,='.includes(escaped)) throw badRequest(`invalid field selector: invalid escape sequence: \\${escaped}`);
    plain += escaped;
  }
  return plain;
}
