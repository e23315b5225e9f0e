import { StatusError } from '@kubernode/apimachinery';

export type Encoding = 'json' | 'yaml' | 'protobuf';

/** What a client wants instead of the object itself. */
export type Transform = 'none' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

export interface Negotiated {
  encoding: Encoding;
  transform: Transform;
  /** The version of meta.k8s.io that a transform is answered in. */
  transformVersion: 'v1' | 'v1beta1';
  /** The client said `pretty=1`. */
  pretty: boolean;
}

const MEDIA_TYPES: Readonly<Record<Encoding, string>> = { json: 'application/json', yaml: 'application/yaml', protobuf: 'application/vnd.kubernetes.protobuf' };
const ENCODINGS: readonly Encoding[] = ['json', 'yaml', 'protobuf'];
const ACCEPTED_TEXT = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
const STREAMS_TEXT = ', application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch';

/** Of the options and answers that all kinds share. */
const META_VERSION = 'v1';

const PLAIN_JSON: Negotiated = { encoding: 'json', transform: 'none', transformVersion: 'v1', pretty: false };

export interface NegotiationOptions {
  /** Transforms that make sense here: none for subresources of another kind, for instance. */
  transforms: readonly Transform[];
  /** The path can be watched, which shows in a refusal's text. */
  watchable: boolean;
  /** Encodings the kind has; custom resources have no protobuf. */
  encodings?: readonly Encoding[];
  /** A custom resource: no router stands before it, and it has no protobuf of its own, only for what stands in its place. */
  isCustom?: boolean;
  /** A media type that the path answers in whatever was negotiated: logs are plain text. */
  besides?: string;
}

/** Chooses how to answer by the Accept header. Throws one of Kubernetes' two 406, the router's for unknown types, the encoder's for parameters. */
export function negotiate(accept: string | undefined, { transforms, watchable, encodings = ENCODINGS, isCustom = false, besides }: NegotiationOptions): Negotiated {
  if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*') return PLAIN_JSON;
  if (!isCustom && !routable(accept, besides)) throw notRoutable(watchable, besides);
  for (const clause of parseAccept(accept)) {
    for (const encoding of encodings) {
      const negotiated = matchClause(clause, encoding, { transforms, serverVersion: META_VERSION });
      if (negotiated && !(isCustom && encoding === 'protobuf' && negotiated.transform === 'none')) return negotiated;
    }
  }
  throw notAcceptable(encodings);
}

/** As `negotiate`, for errors: they fall back to JSON, indented as Kubernetes then does, rather than hide behind a 406. */
export function negotiateError(accept: string | undefined): Pick<Negotiated, 'encoding' | 'pretty'> {
  if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*') return PLAIN_JSON;
  for (const clause of parseAccept(accept)) {
    for (const encoding of ENCODINGS) {
      const negotiated = matchClause(clause, encoding, { transforms: [] });
      if (negotiated) return negotiated;
    }
  }
  return { encoding: 'json', pretty: true };
}

export function contentTypeOf(encoding: Encoding, options: { stream: boolean } = { stream: false }): string {
  return options.stream ? `${MEDIA_TYPES[encoding]};stream=watch` : MEDIA_TYPES[encoding];
}

/** The router looks at bare media types alone: it knows no wildcards but the widest one, and letters count. */
function routable(accept: string, besides?: string): boolean {
  return accept.split(',').some((part) => {
    const type = (part.split(';')[0] ?? '').trim();
    return type === '*/*' || type === MEDIA_TYPES.json || type === MEDIA_TYPES.yaml || type === MEDIA_TYPES.protobuf || type === besides;
  });
}

/** The router's refusal, before anything else is looked at. */
export function notRoutable(watchable: boolean, besides?: string): StatusError {
  return new StatusError({ code: 406, reason: 'NotAcceptable', message: `406: Not Acceptable\n\nAvailable representations: ${besides === undefined ? '' : `${besides}, `}${ACCEPTED_TEXT}${watchable ? STREAMS_TEXT : ''}`, details: {} });
}

export function notAcceptable(encodings: readonly Encoding[] = ENCODINGS, suffix = ''): StatusError {
  return new StatusError({ code: 406, reason: 'NotAcceptable', message: `only the following media types are accepted: ${encodings.map((one) => MEDIA_TYPES[one] + suffix).join(', ')}` });
}

/** A client asked for a form that this object cannot take; told once the object was found. */
export function unfitTransform(message: string): StatusError {
  return new StatusError({ code: 406, reason: 'NotAcceptable', message });
}

interface Clause { type: string; subtype: string; quality: number; params: Readonly<Record<string, string>> }

function parseAccept(accept: string): Clause[] {
  const clauses = accept.split(',').map(parseClause).filter((clause) => clause !== undefined);
  return clauses.sort((a, b) => b.quality - a.quality); // stable: equal ones stay in order
}

function parseClause(text: string): Clause | undefined {
  const [media = '', ...parameters] = text.split(';');
  const [type = '', subtype = ''] = media.trim().split('/');
  if (type === '') return undefined;
  const params: Record<string, string> = Object.create(null) as Record<string, string>; // names are the client's: __proto__ is one like any other
  let quality = 1;
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=').map((one) => one.trim());
    if (name === '' || value === '') continue;
    if (name === 'q') quality = Number.isFinite(Number(value)) ? Number(value) : 1;
    else params[name] = value;
  }
  return { type, subtype: subtype === '' && type === '*' ? '*' : subtype, quality, params };
}

function matches({ type, subtype }: Clause, encoding: Encoding): boolean {
  const [wantType, wantSubtype] = MEDIA_TYPES[encoding].split('/');
  return (type === wantType && (subtype === wantSubtype || subtype === '*')) || (type === '*' && subtype === '*');
}

function matchClause(clause: Clause, encoding: Encoding, { transforms, serverVersion }: { transforms: readonly Transform[]; /** That may be asked for. */ serverVersion?: string }): Negotiated | undefined {
  if (!matches(clause, encoding)) return undefined;
  const { as, g, v, stream = '', pretty, sv = '' } = clause.params;
  if ((stream !== '' && (encoding === 'yaml' || stream !== 'watch')) || (sv !== '' && sv !== serverVersion)) return undefined;
  const indented = pretty === '1' && encoding === 'json';
  if (as === undefined && g === undefined && v === undefined) return encoding === 'json' && !indented ? PLAIN_JSON : { ...PLAIN_JSON, encoding, pretty: indented };
  const transform = transforms.find((one) => one === as);
  if (transform === undefined || g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) return undefined;
  if (encoding === 'protobuf' && transform === 'Table') return undefined;
  return { encoding, transform, transformVersion: v, pretty: indented };
}
