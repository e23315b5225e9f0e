import { StatusError } from '@kubernode/apimachinery';
import { notRoutable } from '../endpoints/negotiation.ts';
import { parseAccept, type MediaRange } from './accept.ts';

/** The encodings of discovery documents, the default first. */
export const DOCUMENT_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'] as const;
export type DocumentType = (typeof DOCUMENT_TYPES)[number];

export interface DocumentFormat {
  type: DocumentType;
  /** The client wants groups, versions and resources in one document. */
  aggregated: boolean;
  /** JSON is indented. */
  pretty: boolean;
}

/** What the media type of an aggregated document carries behind the encoding. */
export const AGGREGATED_PARAMETERS = ';g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** The first format of the client's liking that exists. Throws 406 when none does. */
export function negotiateDocument(accept: string | undefined, { allowAggregated, routed = false }: { allowAggregated: boolean; /** A router looks at bare media types first. */ routed?: boolean }): DocumentFormat {
  if (routed && !isRoutable(accept)) throw notRoutable(false);
  for (const range of parseAccept(accept)) {
    const type = documentType(range.type);
    if (type === undefined || asksForMore(range, type)) continue;
    const pretty = range.parameters.get('pretty') === '1';
    if (!asksForTransform(range)) return { type, aggregated: false, pretty };
    if (allowAggregated && isAggregatedDiscovery(range)) return { type, aggregated: true, pretty };
  }
  throw notAcceptable();
}

/** The router knows whole types and the widest wildcard in its long form alone. */
function isRoutable(accept: string | undefined): boolean {
  return accept === undefined || accept.trim() === '' || accept.split(',').some((range) => { const [type = ''] = range.split(';', 1); return type.trim() === '*/*' || DOCUMENT_TYPES.some((one) => one === type.trim()); });
}

/** Documents have no versions of a server, and YAML no streams. */
function asksForMore({ parameters }: MediaRange, type: DocumentType): boolean {
  const stream = parameters.get('stream');
  return parameters.has('sv') || (stream !== undefined && (stream !== 'watch' || type === 'application/yaml'));
}

function documentType(range: string): DocumentType | undefined {
  return range === '*/*' || range === 'application/*' ? DOCUMENT_TYPES[0] : DOCUMENT_TYPES.find((type) => type === range);
}

function asksForTransform({ parameters }: MediaRange): boolean {
  return parameters.has('g') || parameters.has('v') || parameters.has('as');
}

/** The beta of this format is gone: clients that name it only are refused and fall back by themselves. */
function isAggregatedDiscovery({ parameters }: MediaRange): boolean {
  return parameters.get('g') === 'apidiscovery.k8s.io' && parameters.get('v') === 'v2' && parameters.get('as') === 'APIGroupDiscoveryList';
}

function notAcceptable(): StatusError {
  return new StatusError({ code: 406, reason: 'NotAcceptable', message: `only the following media types are accepted: ${DOCUMENT_TYPES.join(', ')}` });
}
