import { formatDuration, parseDuration } from '../../time/go-duration.ts';
import { formatTime, timeToMs } from '../../time/rfc3339.ts';

type Fields = Record<string, unknown>;

/** A message whose JSON is not the object of its fields. Bytes fields are Buffers on both sides. */
export interface SpecialMessage {
  toFields(json: unknown): Fields;
  toJson(fields: Fields): unknown;
}

const raw = (field: string): SpecialMessage => ({
  toFields: (json) => ({ [field]: Buffer.isBuffer(json) ? json : Buffer.from(JSON.stringify(json)) }),
  toJson: (fields) => parseRaw(fields[field]),
});

/** Raw bytes are JSON, or else something that only who asked for it can read. */
function parseRaw(bytes: unknown): unknown {
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) return null;
  if (bytes[0] !== 0x7b && bytes[0] !== 0x5b && bytes[0] !== 0x22 && !/^[-0-9tfn]/.test(String.fromCharCode(bytes[0] ?? 0))) return bytes;
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    return bytes; // not JSON after all: handed on as it is
  }
}

const time = (micro: boolean): SpecialMessage => ({
  toFields(json) {
    const ms = timeToMs(String(json));
    if (ms === undefined) return {};
    const seconds = Math.floor(ms / 1000);
    const nanos = micro ? Number((/\.([0-9]{1,9})/.exec(String(json))?.[1] ?? '').padEnd(9, '0')) : 0;
    return { seconds, nanos };
  },
  toJson({ seconds, nanos }) {
    if (seconds === undefined) return null; // Go's zero time is written as an empty message
    const text = formatTime(Number(seconds) * 1000);
    return micro ? `${text.slice(0, -1)}.${String(Math.floor(Number(nanos ?? 0) / 1000)).padStart(6, '0')}Z` : text;
  },
});

const structOrList = (list: string): SpecialMessage => ({
  toFields: (json) => (Array.isArray(json) ? { [list]: json } : { schema: json }),
  toJson: (fields) => fields['schema'] ?? fields[list] ?? [],
});

const SPECIAL_MESSAGES: Readonly<Record<string, SpecialMessage>> = {
  'api.resource.Quantity': { toFields: (json) => ({ string: String(json) }), toJson: ({ string }) => string ?? '0' },
  'util.intstr.IntOrString': {
    toFields: (json) => (typeof json === 'number' ? { type: 0, intVal: json } : { type: 1, strVal: json }),
    toJson: ({ type, intVal, strVal }) => (type === 1 ? strVal ?? '' : intVal ?? 0),
  },
  'apis.meta.v1.Time': time(false),
  'apis.meta.v1.MicroTime': time(true),
  'apis.meta.v1.Duration': { toFields: (json) => ({ duration: Math.round(parseDuration(String(json)) * 1e6) }), toJson: ({ duration }) => formatDuration(Number(duration ?? 0) / 1e6) },
  'apis.meta.v1.FieldsV1': raw('Raw'),
  'pkg.runtime.RawExtension': raw('raw'),
};

/** Endings of names, for types that exist once for each version. */
const SPECIAL_ENDINGS: readonly (readonly [ending: RegExp, message: SpecialMessage])[] = [
  [/\.apiextensions\.v1\w*\.JSON$/, raw('raw')],
  [/OrArray$/, structOrList('jSONSchemas')],
  [/OrStringArray$/, structOrList('property')],
  [/OrBool$/, { toFields: (json) => (typeof json === 'boolean' ? { allows: json } : { allows: true, schema: json }), toJson: ({ allows, schema }) => schema ?? allows ?? false }],
];

/** The special reading of a message; `isWrapper` where its only field is a list called `items`, which stands for the list itself. */
export function specialMessage(name: string, isWrapper: boolean): SpecialMessage | undefined {
  if (isWrapper) return { toFields: (json) => ({ items: json }), toJson: ({ items }) => items ?? [] };
  const exact = SPECIAL_MESSAGES[name.split('.').slice(-4).join('.')] ?? SPECIAL_MESSAGES[name.split('.').slice(-3).join('.')];
  return exact ?? SPECIAL_ENDINGS.find(([ending]) => ending.test(name))?.[1];
}
