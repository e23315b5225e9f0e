import type { Transport } from '../client.ts';
import type { GrpcTransportOptions } from './grpc-transport.ts';

/** The ControlPlane service of our own API servers, over HTTP/2 with mutual TLS. Its code comes with the first call: who speaks HTTPS never loads it. */
export function createGrpcTransport(options: GrpcTransportOptions): Transport {
  let opened: Transport | undefined;
  let opening: Promise<Transport> | undefined;
  let isClosed = false;
  const open = async (): Promise<Transport> => {
    const { openGrpcTransport } = await import('./grpc-transport.ts');
    opened ??= openGrpcTransport(options);
    if (isClosed) opened.close();
    return opened;
  };
  const transport = (): Promise<Transport> => (opening ??= open());
  return {
    call: (request) => opened?.call(request) ?? transport().then((one) => one.call(request)),
    watch: (request) => opened?.watch(request) ?? watchWhenOpen(transport(), request),
    async holdLease(hold, hooks) { await (await transport()).holdLease?.(hold, hooks); },
    close() {
      isClosed = true;
      opened?.close();
    },
  };
}

async function* watchWhenOpen(opening: Promise<Transport>, request: Parameters<Transport['watch']>[0]): ReturnType<Transport['watch']> {
  yield* (await opening).watch(request);
}
