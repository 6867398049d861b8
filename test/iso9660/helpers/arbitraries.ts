import fc from 'fast-check';
import type { ByteString } from '../../../src/bytes.js';
import type { IsoAttributes, IsoDirectory, IsoNode } from '../../../src/iso9660/index.js';

/** Random trees of everything Rock Ridge stores. */

const byte = fc
  .integer({ min: 1, max: 255 })
  .filter((code) => code !== 0x2f)
  .map((code) => String.fromCharCode(code));

/** Names of any bytes, often such as collide once they are made plain ISO 9660 identifiers. */
export const nameArbitrary: fc.Arbitrary<ByteString> = fc
  .oneof(
    { weight: 3, arbitrary: fc.string({ unit: byte, minLength: 1, maxLength: 12 }) },
    { weight: 3, arbitrary: fc.stringMatching(/^[aA+_.]{1,5}$/) },
    { weight: 1, arbitrary: fc.string({ unit: byte, minLength: 200, maxLength: 255 }) },
  )
  .filter((name) => name !== '.' && name !== '..');

export interface AttributeOptions {
  /** Only what an ordinary extraction restores to a disk. */
  readonly restorable: boolean;
}

function attributes({ restorable }: AttributeOptions): fc.Arbitrary<IsoAttributes> {
  return fc.record({
    mode: fc.integer({ min: 0, max: restorable ? 0o777 : 0o7777 }),
    uid: fc.integer({ min: 0, max: restorable ? 65_000 : 0xffff_ffff }),
    gid: fc.integer({ min: 0, max: restorable ? 65_000 : 0xffff_ffff }),
    mtime: fc.record({
      seconds: restorable
        ? fc.integer({ min: 0, max: 4_000_000_000 })
        : fc.integer({ min: -2_000_000_000, max: 5_000_000_000 }),
    }),
  });
}

const target = fc.oneof(
  fc
    .array(fc.oneof(nameArbitrary, fc.constantFrom('.', '..', '')), { minLength: 1, maxLength: 8 })
    .map((names) => names.join('/') || '/'),
  nameArbitrary.map((name) => `/${name}`),
);

/** Targets as xorriso gives them back: no empty components, at most 1,024 bytes. */
const tidyTarget = fc
  .array(fc.oneof(nameArbitrary, fc.constantFrom('.', '..')), { minLength: 1, maxLength: 4 })
  .map((names) => names.join('/'))
  .filter((text) => text.length <= 1000);

/** A leaf or a directory; `depth` bounds the recursion. */
function nodeArbitrary(options: AttributeOptions, depth: number): fc.Arbitrary<IsoNode> {
  const common = attributes(options);
  const regular = fc
    .tuple(common, fc.uint8Array({ maxLength: 5000 }))
    .map(([known, content]): IsoNode => {
      return { ...known, kind: 'file', size: content.length, content };
    });
  const link = fc
    .tuple(common, options.restorable ? tidyTarget : target)
    .map(([known, text]): IsoNode => {
      const mode = options.restorable ? 0o777 : known.mode;
      return { ...known, mode, kind: 'symlink', target: text };
    });
  const device = fc
    .tuple(
      common,
      fc.constantFrom('block', 'char'),
      fc.integer({ min: 1, max: 4095 }),
      fc.integer({ min: 0, max: 0xfffff }),
    )
    .map(([known, kind, major, minor]): IsoNode => ({ ...known, kind, major, minor }));
  const special = fc
    .tuple(common, fc.constantFrom('fifo', 'socket'))
    .map(([known, kind]): IsoNode => ({ ...known, kind }));
  const leaves: fc.WeightedArbitrary<IsoNode>[] = [
    { weight: 4, arbitrary: regular },
    { weight: 2, arbitrary: link },
  ];
  if (!options.restorable) {
    leaves.push({ weight: 1, arbitrary: device }, { weight: 1, arbitrary: special });
  }
  if (depth === 0) return fc.oneof(...leaves);
  return fc.oneof({ weight: 3, arbitrary: directoryArbitrary(options, depth - 1) }, ...leaves);
}

export function directoryArbitrary(
  options: AttributeOptions,
  depth: number,
): fc.Arbitrary<IsoDirectory> {
  const entries = fc.uniqueArray(fc.tuple(nameArbitrary, nodeArbitrary(options, depth)), {
    selector: ([name]) => name,
    maxLength: 8,
  });
  return fc.tuple(attributes(options), entries).map(([known, list]) => {
    // Extraction must be able to write into directories.
    const mode = options.restorable ? known.mode | 0o700 : known.mode;
    return { ...known, mode, kind: 'directory', entries: new Map(list) };
  });
}
