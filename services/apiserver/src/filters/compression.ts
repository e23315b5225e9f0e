import { constants, createGzip } from 'node:zlib';
import { errorMessage } from '@kubernode/base';
import { internalError } from '@kubernode/apimachinery';
import type { Answer, ApiRequest, BufferedAnswer } from '../pipeline/api-request.ts';
import type { Step } from './steps.ts';

/** Smaller answers are not worth the work: Kubernetes' own threshold. */
const COMPRESSED_BYTES_MIN = 128 * 1024;
const SERIALIZED = /^application\/(?:json|yaml|vnd\.kubernetes\.protobuf)\b/;

/** Compresses long answers for clients that take gzip, as lists to client-go. Other doors than HTTPS compress by themselves or not at all. */
export function compression(): Step {
  return { after: (answer, request) => (isWorthIt(answer) && takesGzip(request) ? compressed(answer) : answer) };
}

function takesGzip({ transport, headers: { 'accept-encoding': accepted } }: ApiRequest): boolean {
  return transport === 'https' && accepted !== undefined && accepted.split(',').some((one) => one.trim() === 'gzip');
}

function isWorthIt(answer: Answer): answer is BufferedAnswer {
  if (answer.kind !== 'buffered' || answer.headers?.['Content-Encoding'] !== undefined || !SERIALIZED.test(answer.contentType)) return false;
  const { body } = answer;
  return (Buffer.isBuffer(body) ? body.length : body.reduce((sum, piece) => sum + piece.length, 0)) > COMPRESSED_BYTES_MIN;
}

async function compressed(answer: BufferedAnswer): Promise<BufferedAnswer> {
  const body = await gzip(Buffer.isBuffer(answer.body) ? [answer.body] : answer.body);
  const { Vary: vary } = answer.headers ?? {};
  return { ...answer, body, headers: { ...answer.headers, 'Content-Encoding': 'gzip', Vary: vary === undefined ? 'Accept-Encoding' : `${vary}, Accept-Encoding` } };
}

/** The pieces as one stream, compressed beside the event loop. */
function gzip(pieces: readonly Buffer[]): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const packed: Buffer[] = [];
    const stream = createGzip({ level: constants.Z_BEST_SPEED });
    stream.on('data', (chunk: Buffer) => { packed.push(chunk); });
    stream.on('end', () => resolve(packed));
    stream.on('error', (error) => reject(internalError(errorMessage(error))));
    for (const piece of pieces) stream.write(piece);
    stream.end();
  });
}
