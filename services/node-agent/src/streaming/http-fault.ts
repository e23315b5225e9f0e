/** An answer of the node's server that is a status and a plain text, as the kubelet gives; the API server makes a Status of it. */
export class HttpFault extends Error {
  override readonly name = 'HttpFault';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
