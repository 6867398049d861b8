import { stat } from 'node:fs/promises';
import { MIB } from '../../units.js';
import type { Drive } from './drives.js';
import { LEAST_STORE, storeArea } from './store-layout.js';

/** Where desktops and people mount sticks: what is mounted there may be unmounted. */
const STICK_MOUNTS = ['/media/', '/run/media/', '/mnt/'];

/** Partitions are written over; anything else that lies on a disk is somebody's system. */
const PLAIN = new Set(['part']);

/**
 * Everything that speaks against writing `size` bytes over a drive, full sentences. Pure.
 * @param holdsImage whether the image itself lies on it.
 */
export function targetProblems(drive: Drive, size: number, holdsImage: boolean): string[] {
  const { path, type, parent, mounts, holds } = drive;
  const problems: string[] = [];
  if (type === 'part') problems.push(`${path} is a partition; the whole drive is ${parent}.`);
  else if (type !== 'disk' && type !== 'loop') problems.push(`${path} is no disk but ${type}.`);
  if (type === 'disk' && !drive.isRemovable) problems.push(`${path} is not removable.`);
  if (drive.isReadOnly) problems.push(`${path} is write-protected.`);
  if (drive.size < size) {
    problems.push(`${path} has ${drive.size} bytes, and the image ${size}.`);
  }
  if (mounts.includes('[SWAP]')) problems.push(`${path} holds swap space in use.`);
  for (const mount of mounts) {
    if (isSystemMount(mount)) problems.push(`${path} holds what is mounted at ${mount}.`);
  }
  const others = [...new Set(holds.filter((kind) => !PLAIN.has(kind)))];
  if (others.length > 0) problems.push(`${path} holds ${others.join(' and ')} in use.`);
  if (holdsImage) problems.push(`${path} holds the image itself.`);
  return problems;
}

/** What speaks against a store behind `size` bytes of an image, full sentences. Pure. */
export function storeProblems({ path, size, sectorSize }: Drive, imageSize: number): string[] {
  // Its partition counts in these, and no PC would start from such a stick.
  if (sectorSize !== 512) return [`${path} has sectors of ${sectorSize} bytes, and a disc 512.`];
  if (size < imageSize || storeArea(imageSize, size) !== undefined) return [];
  const left = Math.floor((size - imageSize) / MIB);
  const needed = `${LEAST_STORE / MIB} MiB, from a multiple of 4 MiB on`;
  return [`${path} has ${left} MiB left behind the image, too little for a store: ${needed}.`];
}

/** Not the swap space, and not where sticks are mounted. */
function isSystemMount(mount: string): boolean {
  if (mount === '[SWAP]') return false;
  return !STICK_MOUNTS.some((start) => `${mount}/`.startsWith(start));
}

/** Whether the file `image` lies on a filesystem of the drive's, or is the drive. */
export async function holdsFile(drive: Drive, image: string): Promise<boolean> {
  const file = await stat(image);
  const self = await stat(drive.path).catch(() => undefined);
  if (file.isBlockDevice() && self?.rdev === file.rdev) return true;
  for (const mount of drive.mounts) {
    const top = await stat(mount).catch(() => undefined);
    if (top !== undefined && top.dev === file.dev) return true;
  }
  return false;
}
