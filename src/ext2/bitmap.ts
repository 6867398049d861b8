import { BITS_PER_BLOCK, BLOCK_SIZE } from './constants.js';

/**
 * A bitmap block of 4,096 bytes: the first `used` bits are set, and those from `valid` on, which
 * stand for nothing and must be set too. Exact fit makes every bitmap of this writer look like that.
 */
export function encodeBitmap(used: number, valid: number): Buffer {
  const block = Buffer.alloc(BLOCK_SIZE);
  setBits(block, 0, used);
  setBits(block, valid, BITS_PER_BLOCK);
  return block;
}

function setBits(block: Buffer, start: number, end: number): void {
  let bit = start;
  for (; bit < end && bit % 8 !== 0; bit++) setBit(block, bit);
  const wholeBytes = Math.floor((end - bit) / 8);
  if (wholeBytes > 0) {
    block.fill(0xff, bit / 8, bit / 8 + wholeBytes);
    bit += wholeBytes * 8;
  }
  for (; bit < end; bit++) setBit(block, bit);
}

function setBit(block: Buffer, bit: number): void {
  const byte = Math.floor(bit / 8);
  block.writeUInt8(block.readUInt8(byte) | (1 << (bit % 8)), byte);
}
