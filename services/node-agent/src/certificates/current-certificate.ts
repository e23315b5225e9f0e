/** A certificate with its key, PEM. */
export interface CertificatePair { cert: string; key: string }

/** The certificate that is to be served with now, once there is one. */
export class CurrentCertificate {
  #pair: CertificatePair | undefined;
  #listener: ((pair: CertificatePair) => void) | undefined;

  set(pair: CertificatePair): void {
    this.#pair = pair;
    this.#listener?.(pair);
  }

  /** Tells the one that there is, and each that follows. There is one listener: the server. */
  follow(listener: (pair: CertificatePair) => void): Disposable {
    this.#listener = listener;
    if (this.#pair !== undefined) listener(this.#pair);
    return { [Symbol.dispose]: () => { this.#listener = undefined; } };
  }
}
