import { writeFile } from 'node:fs/promises';
import { nodesAbove } from '../../src/ext2/indirect.js';
import { run } from '../../src/process.js';

/** What e2fsprogs says every block of an ext2 image is for, one line of text a block. */

const E2FSPROGS = { purpose: 'judges the map of a disc', debianPackage: 'e2fsprogs' };

/** By block number; blocks that are in nobody's use are not in it. Xattrs have all inodes that share them: `xattr of 12 40`. */
export async function debugfsOwners(
  image: string,
  inodes: Iterable<number>,
): Promise<Map<number, string>> {
  const owners = new Map<number, string>();
  await addGroups(owners, image);
  const commands = `${image}.debugfs`;
  await writeFile(commands, [...inodes].map((number) => `stat <${number}>\n`).join(''));
  const said = await run({ program: 'debugfs', ...E2FSPROGS }, ['-f', commands, image]);
  for (const part of said.toString('latin1').split('debugfs: stat <').slice(1)) {
    const number = Number.parseInt(part, 10);
    addBlocks(owners, number, /\nBLOCKS:\n([\s\S]*?)\nTOTAL: /.exec(part)?.[1] ?? '');
    const xattrs = Number(/File ACL: (\d+)/.exec(part)?.[1]);
    if (xattrs > 0) owners.set(xattrs, `${owners.get(xattrs) ?? 'xattr of'} ${number}`);
  }
  return owners;
}

async function addGroups(owners: Map<number, string>, image: string): Promise<void> {
  const said = (await run({ program: 'dumpe2fs', ...E2FSPROGS }, [image])).toString('latin1');
  const perGroup = Number(/^Inodes per group: +(\d+)$/m.exec(said)?.[1]);
  for (const part of said.split(/^Group (?=\d+:)/m).slice(1)) {
    const group = Number.parseInt(part, 10);
    const add = (pattern: RegExp, owner: (index: number) => string) => {
      const [, first, last = first] = pattern.exec(part) ?? [];
      if (first === undefined) return;
      for (let block = Number(first); block <= Number(last); block++) {
        owners.set(block, owner(block - Number(first)));
      }
    };
    add(/superblock at (\d+)/, () => `superblock ${group}`);
    add(/Group descriptors at (\d+)(?:-(\d+))?/, () => `group-descriptors ${group}`);
    add(/Block bitmap at (\d+)/, () => `block-bitmap ${group}`);
    add(/Inode bitmap at (\d+)/, () => `inode-bitmap ${group}`);
    add(/Inode table at (\d+)-(\d+)/, (i) => `inodes from ${group * perGroup + i * 16 + 1}`);
    add(/Inode table at (\d+) /, () => `inodes from ${group * perGroup + 1}`);
  }
}

const LEVELS: Record<string, 1 | 2 | 3> = { IND: 1, DIND: 2, TIND: 3 };

/** `(0-11):24-35, (IND):36, (12):37`: indirect blocks come before what they lead to. */
function addBlocks(owners: Map<number, string>, inode: number, list: string): void {
  let indirect: { block: number; level: 1 | 2 | 3 }[] = [];
  for (const [, what = '', first = '', last = first] of list.matchAll(
    /\(([A-Z]+|\d+)(?:-\d+)?\):(\d+)(?:-(\d+))?/g,
  )) {
    const level = LEVELS[what];
    if (level !== undefined) {
      indirect.push({ block: Number(first), level });
      continue;
    }
    for (const { block, level } of indirect) {
      const above = nodesAbove(Number(what)).find((node) => node.level === level);
      owners.set(block, `indirect ${level} of ${inode} from ${above?.first}`);
    }
    indirect = [];
    for (let block = Number(first); block <= Number(last); block++) {
      owners.set(block, `block ${Number(what) + block - Number(first)} of ${inode}`);
    }
  }
}
