import { resourceOfKind } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { decodeBody } from '../../endpoints/decode-body.ts';
import { valueAnswer, wantsPretty } from '../../endpoints/encode-value.ts';
import type { EncodeProtobuf } from '../../endpoints/endpoint-services.ts';
import { negotiate } from '../../endpoints/negotiation.ts';
import { writeOptions } from '../../endpoints/request-options.ts';
import type { ReviewCodec } from './review-codec.ts';

/** Reviews in whatever encoding the client speaks, checked by their schemas like objects that are stored. */
export function httpReviewCodec(encodeProtobuf: EncodeProtobuf): ReviewCodec {
  return {
    read(request, { warnings, audit }, kind): KubeObject {
      negotiate(request.headers['accept'], { transforms: [], watchable: false });
      const { fieldValidation } = writeOptions('CreateOptions', request.query);
      const schema = resourceOfKind(kind)?.schema ?? `io.k8s.api.${kind.group.split('.')[0] ?? ''}.${kind.version}.${kind.kind}`; // kinds of subresources have no resource of their own
      const object = decodeBody(request, { ...kind, schema }, { fieldValidation, warn: (text) => { warnings.push(text); } });
      audit?.requestObject(object);
      return object;
    },
    answer(request, status, object) {
      const { encoding, pretty } = negotiate(request.headers['accept'], { transforms: [], watchable: false });
      return valueAnswer(status, object, { encoding, pretty: pretty || wantsPretty(request.query, request.headers['user-agent']), encodeProtobuf });
    },
  };
}
