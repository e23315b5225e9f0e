/** The messages of proto/controlplane/v1 as they look after decoding: absent scalars are '', 0 or empty, absent messages null. */
export interface CallRequest {
  method: string;
  path: string;
  contentType: string;
  body: Buffer;
  accept: string;
  userAgent: string;
  fence?: Fence | null;
}

export interface Fence { namespace: string; lease: string; holder: string; epoch: number }

export interface CallResponse { status: number; contentType: string; body: Buffer; warnings: string[]; retryAfterSeconds: number; auditId: string }

export interface WatchFrame { status: number; events: Buffer }

export interface LeaseHold { namespace: string; lease: string; holder: string; epoch: number }

export interface LeaseState { held: boolean }
