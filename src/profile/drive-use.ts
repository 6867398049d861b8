import { DriveModel, type DriveRead } from '../optical/drive-model.js';
import { ISO_BLOCK } from '../units.js';
import type { DiscMap } from './disc-map.js';
import type { Owner } from './owner.js';

/** What the drive did for one kind of contents. */
export interface DriveUse {
  readonly kind: Owner['kind'];
  readonly headMoves: number;
  readonly bytes: number;
  /** Modelled. */
  readonly seconds: number;
}

/**
 * What the head moved for and the drive was busy with, the most seconds first. A read counts for what its first
 * sector is, which is what the head went for. Pure.
 */
export function driveUse(reads: Iterable<DriveRead>, { sectors }: DiscMap): DriveUse[] {
  const model = new DriveModel();
  const uses = new Map<Owner['kind'], DriveUse>();
  for (const read of reads) {
    const { approach, seconds } = model.read(read);
    const [run] = sectors.between(Math.floor(read.offset / ISO_BLOCK), 1);
    const kind = run?.owner.kind ?? 'free';
    const before = uses.get(kind) ?? { kind, headMoves: 0, bytes: 0, seconds: 0 };
    uses.set(kind, {
      kind,
      headMoves: before.headMoves + (approach === 'move' ? 1 : 0),
      bytes: before.bytes + read.length,
      seconds: before.seconds + seconds,
    });
  }
  return [...uses.values()].sort((a, b) => b.seconds - a.seconds);
}
