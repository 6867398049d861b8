import { type ByteString, byteString, bytesOf } from '../bytes.js';

/** A part of a text that does not keep the whole of it in memory, as V8's slices do. */
export function withoutText(part: ByteString): ByteString {
  return byteString(bytesOf(part));
}
