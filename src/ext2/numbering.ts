import { FIRST_INODE, ROOT_INODE } from './constants.js';
import type { Inventory, PlannedInode } from './inventory.js';
import type { Placement } from './placement.js';

/**
 * Gives every inode its number and returns them by number, from FIRST_INODE on. What is
 * placed comes first, each after the directories that lead to it, so that hot inodes share blocks of
 * the inode table; the rest follows in tree order.
 */
export function numberInodes(
  inventory: Inventory,
  { hot, next }: Placement,
): readonly PlannedInode[] {
  const numbered: PlannedInode[] = [];
  const give = (planned: PlannedInode) => {
    if (planned.number !== 0) return;
    planned.number = FIRST_INODE + numbered.length;
    numbered.push(planned);
  };
  inventory.root.number = ROOT_INODE;
  if (inventory.lostAndFound !== undefined) give(inventory.lostAndFound);
  for (const ranges of [hot, next]) {
    for (const { inode } of ranges) {
      const planned = inventory.planned.get(inode);
      if (planned === undefined || planned.number !== 0) continue;
      for (const directory of ancestors(planned)) give(directory);
      give(planned);
    }
  }
  for (const planned of inventory.inodes) give(planned);
  return numbered;
}

/** The directories above an inode, the root first. */
export function ancestors(planned: PlannedInode): PlannedInode[] {
  const chain: PlannedInode[] = [];
  for (let step = planned.parent; step !== undefined; step = step.parent) chain.push(step);
  return chain.reverse();
}
