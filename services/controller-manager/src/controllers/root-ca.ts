/** The authority of the API servers (PEM, '' for none), as it is told to pods; it may change while the process runs. */
export interface RootCa {
  readonly pem: string;
  onChange(listener: () => void): Disposable;
}

/** One that stays as it is. */
export function fixedRootCa(pem: string): RootCa {
  return { pem, onChange: () => ({ [Symbol.dispose]: () => undefined }) };
}
