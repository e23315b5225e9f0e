/** One file of a bundle: where it stands, and where its content comes from. Asked once; what it rejects with is told in the bundle. */
export interface Section {
  readonly path: string;
  read(signal: AbortSignal): Promise<string>;
  /** Of too long a text the end is kept, as of logs; of others the beginning. */
  readonly keeps?: 'end';
}

export interface CollectedFile { readonly path: string; readonly text: string }
export interface Collected { readonly files: readonly CollectedFile[]; /** What could not be had, a line each. */ readonly faults: readonly string[] }
