/** What stands where a secret was. */
export const REDACTED = '[redacted]';

/** Nested values deeper than this are left out: what is logged is flat. */
const DEPTH_MAX = 6;

/**
 * Secrets by their looks: what follows `Bearer` and `Basic`, JSON web tokens, bootstrap tokens, passwords in URLs, values of query parameters
 * and flags that carry credentials, private keys.
 */
const SECRETS = [
  /\b(Bearer |Basic )(?=\S{8})[\w.~+/=-]+/g,
  /()\beyJ[\w-]{6,}\.[\w-]+(?:\.[\w-]*)?/g,
  /()\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g,
  /(:\/\/)[^\s/@"']+:[^\s/@"']+(?=@)/g,
  /([?&](?:[\w.-]*token|password|passwd|secret|api[_-]?key|access[_-]?key|sig|signature|authorization|code)=)[^&\s"']+/gi,
  /((?:^|[\s"'])--?[\w-]*(?:password|passwd|token|secret|api-?key)(?:=|\s+(?!-)))[^\s"',]+/gi,
  /()-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
] as const;
/** One cheap look tells most texts, which hold none of them. */
const SUSPICIOUS = /Bearer |Basic |eyJ|[a-z0-9]{6}\.[a-z0-9]{16}|:\/\/[^\s/]*@|[?&][\w.-]+=|PRIVATE KEY|--?[\w-]*(?:passw|token|secret|key)/i;

const SECRET_NAME = /^(?:.*[._-])?(?:[\w]*(?:token|password|passwd|passphrase|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)|authorization|client[_-]?secret|secret[_-]?key)$/i;

/** The text without the secrets that can be told by their looks. */
export function redactText(text: string): string {
  return SUSPICIOUS.test(text) ? SECRETS.reduce((rest, pattern) => rest.replace(pattern, `$1${REDACTED}`), text) : text;
}

/** Whether a field, variable or annotation of this name is likely to hold a secret. */
export function hasSecretName(name: string): boolean { return SECRET_NAME.test(name); }

/** A copy of JSON data whose texts are redacted, and the values of fields with secret names left out. */
export function redactValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return '[nested]';
  if (Array.isArray(value)) return value.map((one) => redactValue(one, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, typeof one === 'string' && one !== '' && hasSecretName(name) ? REDACTED : redactValue(one, depth + 1)]));
}
