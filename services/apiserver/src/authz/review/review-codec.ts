import type { GroupVersionKind, KubeObject } from '@kubernode/apimachinery';
import type { Answer, ApiRequest, RequestContext } from '../../pipeline/api-request.ts';

/** How endpoints of what is never stored read their body and write their answer, whatever encodings the client speaks. */
export interface ReviewCodec {
  /** The body as an object of this kind; kind and apiVersion may be left out by the client. Throws StatusErrors. */
  read(request: ApiRequest, context: RequestContext, kind: GroupVersionKind): KubeObject | Promise<KubeObject>;
  answer(request: ApiRequest, status: number, object: KubeObject): Answer;
}
