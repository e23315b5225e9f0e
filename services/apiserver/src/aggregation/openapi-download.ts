import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject } from '@kubernode/apimachinery';
import { filterSwagger } from '../openapi/filter-swagger.ts';
import type { Swagger } from '../openapi/swagger-references.ts';
import { swaggerToV3 } from '../openapi/swagger-to-v3.ts';
import type { V3Document } from '../openapi/v3-document.ts';
import { pathOf, type RemoteVersion } from './api-service.ts';
import type { ServerAnswer } from './server-question.ts';

/** A server's Swagger 2 document: of what its APIService is for, and of all it has when it has no OpenAPI 3. */
export interface DownloadedSwagger {
  /** What the server calls this state of it; empty when it does not. */
  etag: string;
  tag: string;
  document: Swagger;
  converted: V3Document | undefined;
}

/** Asks the server for a path, and whether it has changed since it had the tag. */
export type AskForDocument = (path: string, etag: string) => Promise<ServerAnswer>;

/** The addresses of a server's documents of OpenAPI 3 by name; undefined when it knows no OpenAPI 3. */
export async function downloadIndex(ask: AskForDocument): Promise<ReadonlyMap<string, string> | undefined> {
  const answer = await ask('/openapi/v3', '');
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw new Error(`could not get list of group versions for APIService: status ${answer.status}`);
  const { paths } = parsed(answer);
  const entries = Object.entries(isJsonObject(paths) ? paths : {});
  return new Map(entries.flatMap(([name, entry]) => (isJsonObject(entry) && typeof entry['serverRelativeURL'] === 'string' ? [[name, entry['serverRelativeURL']] as const] : [])));
}

/** What is known already when nothing has changed; undefined when the server describes nothing. */
export async function downloadSwagger(remote: RemoteVersion, ask: AskForDocument, { known, converts }: { known: DownloadedSwagger | undefined; converts: boolean }): Promise<DownloadedSwagger | undefined> {
  const before = known !== undefined && (known.converted !== undefined) === converts ? known : undefined;
  const answer = await ask('/openapi/v2', before?.etag ?? '');
  if (answer.status === 304 && before !== undefined) return before;
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw new Error(`failed to retrieve openAPI spec, http error: ${answer.status}`);
  const tag = answer.etag === '' ? createHash('sha512').update(answer.body).digest('hex') : answer.etag;
  if (before?.tag === tag) return before;
  const document = parsed(answer);
  const prefix = `${pathOf(remote)}/`;
  return { etag: answer.etag, tag, document: filterSwagger(document, (path) => path.startsWith(prefix)), converted: converts ? swaggerToV3(document) : undefined };
}

function parsed({ body }: ServerAnswer): JsonObject {
  const value: unknown = JSON.parse(body.toString('utf8'));
  if (!isJsonObject(value)) throw new Error('the document is no object');
  return value;
}
