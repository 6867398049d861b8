import { z } from 'zod';
import { SnapdiscError } from '../../errors.js';
import { run, type Tool } from '../../process.js';

export const LSBLK: Tool = {
  program: 'lsblk',
  purpose: 'lists the drives that a stick may be',
  debianPackage: 'util-linux',
};

/** A block device and what is on it. */
export interface Drive {
  /** Such as sdb: what the user types. */
  readonly name: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** '' where the drive does not tell. */
  readonly model: string;
  readonly serial: string;
  /** disk, part, loop, crypt, ... */
  readonly type: string;
  readonly isRemovable: boolean;
  readonly isReadOnly: boolean;
  /** Bytes of what the drive calls a sector, in which partition tables count. */
  readonly sectorSize: number;
  /** The disk that a partition is part of. */
  readonly parent: string | undefined;
  /** Where it and what lies on it are mounted, each as often as it is; swap as `[SWAP]`. */
  readonly mounts: readonly string[];
  /** Types of what lies on it: part, crypt, lvm, raid1, ... */
  readonly holds: readonly string[];
}

const COLUMNS = 'NAME,PATH,SIZE,MODEL,SERIAL,TYPE,RM,HOTPLUG,RO,LOG-SEC';

/** Older versions of lsblk print 0 and 1, and sizes as text. */
const flag = z.union([z.boolean(), z.enum(['0', '1']).transform((text) => text === '1')]);
const text = z
  .string()
  .nullish()
  .transform((value) => value?.trim() ?? '');

const device = z.object({
  name: z.string(),
  path: z.string(),
  size: z.coerce.number(),
  model: text,
  serial: text,
  type: z.string(),
  rm: flag,
  hotplug: flag,
  ro: flag,
  'log-sec': z.coerce.number(),
  mountpoint: text,
  mountpoints: z.array(text).optional(),
  get children() {
    return z.array(device).optional();
  },
});
type Device = z.infer<typeof device>;

/** All block devices, partitions behind their disks. @throws SnapdiscError `tool.*` */
export async function listDrives(): Promise<Drive[]> {
  const list = async (mounts: string) =>
    (await run(LSBLK, ['--json', '--bytes', '--output', `${COLUMNS},${mounts}`])).toString();
  // Before util-linux 2.37 there is only the last mount of each.
  const listed = list('MOUNTPOINTS').catch((error: unknown) => {
    if (error instanceof SnapdiscError && /unknown column/.test(error.message)) {
      return list('MOUNTPOINT');
    }
    throw error;
  });
  return parseLsblk(await listed);
}

/** A whole drive that people plug in and out, with something in it. */
export function isStick({ type, isRemovable, size }: Drive): boolean {
  return type === 'disk' && isRemovable && size > 0;
}

/** What lsblk --json says. Pure. @throws SnapdiscError `tool.failed` */
export function parseLsblk(json: string): Drive[] {
  try {
    const { blockdevices } = z.object({ blockdevices: z.array(device) }).parse(JSON.parse(json));
    return blockdevices.flatMap((disk) => drivesOf(disk, undefined));
  } catch (cause) {
    throw new SnapdiscError('tool.failed', 'lsblk wrote something that is not understood.', {
      hint: 'util-linux 2.33 and newer are known to work.',
      cause,
    });
  }
}

function drivesOf(found: Device, parent: Device | undefined): Drive[] {
  const below = found.children?.flatMap((child) => drivesOf(child, found)) ?? [];
  const isRemovable = found.rm || found.hotplug;
  const here = found.mountpoints ?? [found.mountpoint];
  const drive: Drive = {
    ...{ name: found.name, path: found.path, size: found.size },
    ...{ model: found.model, serial: found.serial, type: found.type },
    isRemovable,
    isReadOnly: found.ro,
    sectorSize: found['log-sec'],
    parent: parent?.path,
    mounts: [...here, ...below.flatMap(({ mounts }) => mounts)].filter((at) => at !== ''),
    holds: below.map(({ type }) => type),
  };
  return [drive, ...below];
}
