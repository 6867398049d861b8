/** Bytes: a chunk of the snapshots that the init makes. */
export const CHUNK = 4096;
/** What the kernel's header begins with. */
export const MAGIC = 0x70416e53;
/** Pairs of 64-bit numbers. */
const EXCEPTIONS_PER_AREA = CHUNK / 16;

/**
 * What a persistent dm snapshot has stored, as the kernel reads it at the start: chunks of the origin
 * and what they hold now (drivers/md/dm-snap-persistent.c: a header, then areas of pairs of old and
 * new chunk numbers, each followed by the chunks they name; the first empty pair is the end).
 */
export function storedChunks(store: Buffer): Map<number, Buffer> {
  const chunks = new Map<number, Buffer>();
  if (store.readUInt32LE(0) === 0) return chunks;
  const [magic, valid, version, sectors] = [0, 4, 8, 12].map((at) => store.readUInt32LE(at));
  if (magic !== MAGIC || valid !== 1 || version !== 1 || sectors !== CHUNK / 512)
    throw new Error(`no valid store: ${[magic, valid, version, sectors]}`);
  for (let area = 0; ; area++) {
    const start = (1 + area * (EXCEPTIONS_PER_AREA + 1)) * CHUNK;
    for (let index = 0; index < EXCEPTIONS_PER_AREA; index++) {
      const [oldChunk, newChunk] = [0, 8].map((at) =>
        Number(store.readBigUInt64LE(start + index * 16 + at)),
      ) as [number, number];
      if (newChunk === 0) return chunks;
      chunks.set(oldChunk, store.subarray(newChunk * CHUNK, (newChunk + 1) * CHUNK));
    }
  }
}
