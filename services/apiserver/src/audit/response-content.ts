import { decodeYaml, type Status } from '@kubernode/apimachinery';
import { answerBody } from '../pipeline/answer-body.ts';
import type { Answer, BufferedAnswer, RequestInfo } from '../pipeline/api-request.ts';
import { decodeProtobuf } from '../registry/protobuf.ts';
import type { ResponseStatus } from './audit-event.ts';

/** The status of an answer: its code, and what it says where it is a Status. */
export function responseStatus(answer: Answer): ResponseStatus {
  if (answer.kind !== 'buffered') return { code: answer.kind === 'upgrade' ? 101 : answer.status };
  if (!startsAsStatus(answer)) return { code: answer.status };
  const { status, message, reason, details } = decodeBody(answer) as Partial<Status>; // it begins as one
  return { ...(status && { status }), ...(message && { message }), ...(reason && { reason }), ...(details && { details }), code: answer.status };
}

/** JSON text of the object that is answered, whichever encoding the client asked for; undefined where none is. */
export function responseObject(answer: Answer, info: RequestInfo, change?: (object: unknown) => unknown): string | undefined {
  if (answer.kind !== 'buffered' || !answersObjects(info) || !isObjectType(answer.contentType)) return undefined;
  const isPlain = answer.contentType.startsWith(JSON_TYPE) && change === undefined;
  const text = isPlain ? answerBody(answer).toString('utf8').trimEnd() : '';
  if (isPlain && !text.includes('\n')) return text;
  const object = decodeBody(answer);
  return JSON.stringify(change === undefined ? object : change(object));
}

const JSON_TYPE = 'application/json';
const YAML_TYPE = 'application/yaml';
const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';

function isObjectType(contentType: string): boolean {
  return contentType.startsWith(JSON_TYPE) || contentType.startsWith(YAML_TYPE) || contentType.startsWith(PROTOBUF_TYPE);
}

/** Resources and discovery answer objects; /version, /openapi and the like answer documents that Kubernetes does not write down. */
function answersObjects({ isResourceRequest, path }: RequestInfo): boolean {
  return isResourceRequest || path === '/api' || path === '/apis' || path.startsWith('/api/') || path.startsWith('/apis/');
}

/** Bytes enough to tell a Status. */
const START_BYTES = 48;
const JSON_STATUS = /^\{\s*"kind":\s*"Status"/;
/** The envelope's type: field 1 holds apiVersion as its field 1 and kind as its field 2. */
const PROTOBUF_STATUS = 'k8s\0\n\x0c\n\x02v1\x12\x06Status';

function startsAsStatus({ body, contentType }: BufferedAnswer): boolean {
  const first = Buffer.isBuffer(body) ? body : body[0];
  if (first === undefined || !isObjectType(contentType)) return false;
  if (contentType.startsWith(YAML_TYPE)) return /^kind: Status$/m.test(first.toString('utf8'));
  const start = first.toString('latin1', 0, START_BYTES);
  return contentType.startsWith(PROTOBUF_TYPE) ? start.startsWith(PROTOBUF_STATUS) : JSON_STATUS.test(start);
}

function decodeBody(answer: BufferedAnswer): unknown {
  const body = answerBody(answer);
  if (answer.contentType.startsWith(YAML_TYPE)) return decodeYaml(body.toString('utf8')).value;
  if (!answer.contentType.startsWith(PROTOBUF_TYPE)) return JSON.parse(body.toString('utf8'));
  const { kind, apiVersion, value } = decodeProtobuf(body);
  return { kind, apiVersion, ...value };
}
