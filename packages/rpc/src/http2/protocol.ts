/** Numbers of RFC 9113. */
export const FrameType = { data: 0, headers: 1, priority: 2, rstStream: 3, settings: 4, pushPromise: 5, ping: 6, goaway: 7, windowUpdate: 8, continuation: 9 } as const;
export const Flag = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;
export const Setting = { headerTableSize: 1, enablePush: 2, maxConcurrentStreams: 3, initialWindowSize: 4, maxFrameSize: 5, maxHeaderListSize: 6 } as const;
export const ErrorCode = {
  noError: 0, protocolError: 1, internalError: 2, flowControlError: 3, streamClosed: 5, frameSizeError: 6, refusedStream: 7, cancel: 8, compressionError: 9, enhanceYourCalm: 11,
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

export const PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
export const FRAME_HEAD_BYTES = 9;
/** The size of frames that everybody has to take; also the largest that is taken here. */
export const FRAME_BYTES_MAX: number = 16_384;
export const WINDOW_BYTES_DEFAULT: number = 65_535;
export const WINDOW_BYTES_MAX: number = 2 ** 31 - 1;
/** HPACK's table as it is before anybody says otherwise. */
export const TABLE_BYTES_DEFAULT = 4096;

/** The other side broke the protocol so that nothing it says can be relied upon: GOAWAY and the end of the connection. */
export class ConnectionError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function settingsPayload(settings: readonly (readonly [setting: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(settings.length * 6);
  settings.forEach(([setting, value], i) => { payload.writeUInt16BE(setting, i * 6); payload.writeUInt32BE(value, i * 6 + 2); });
  return payload;
}
