import type { Answer, ApiRequest, RequestContext } from '../pipeline/api-request.ts';
import type { Swagger } from './swagger-references.ts';
import type { V3Document } from './v3-document.ts';

/** What other servers describe: their part of the Swagger 2 document, and documents of OpenAPI 3. */
export interface RemoteDocuments {
  /** Grows with every change of what follows. */
  readonly revision: number;
  /** In the order in which they count where two describe the same path; each with a tag of its content. */
  swagger(): readonly { tag: string; document: Swagger }[];
  /** Names of documents of OpenAPI 3 (`apis/GROUP/VERSION`) that other servers answer, and their addresses. */
  urls(): ReadonlyMap<string, string>;
  /** Documents of OpenAPI 3 of servers that have none themselves, by name. */
  converted(): ReadonlyMap<string, { tag: string; document: V3Document }>;
  /** Sends a request for a document to the server that has it; undefined when none has. */
  passOn(name: string, request: ApiRequest, context: RequestContext): Promise<Answer> | undefined;
}

export const NO_REMOTE_DOCUMENTS: RemoteDocuments = { revision: 0, swagger: () => [], urls: () => new Map(), converted: () => new Map(), passOn: () => undefined };
