/**
 * How a field's value is written in protobuf. The wire format stands here by hand: a handful of small messages do not need a library, and a call
 * costs a third as much.
 */
export const WireType = { VARINT: 0, FIXED64: 1, BYTES: 2, FIXED32: 5 } as const;
