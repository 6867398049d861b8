import type { DriveEvent } from './write-log.js';

/**
 * A writer for the guest that notes on the drive itself what it has synced: the marks stand in the
 * drive's log among all other writes, so that each power cut tells which files it must have left
 * whole. A mark is a sector: `begin NAME VERSION SIZE` before a file is touched, `synced ...` when
 * fsync has returned.
 */
export interface MarkOptions {
  /** Where marks go, in the guest. */
  readonly device: string;
  /** Where files go, in the guest. */
  readonly folder: string;
  readonly files: number;
}

/** What the file NAME holds in a version: its name and version, over and over. */
export function fileContent(name: string, version: number, size: number): Buffer {
  return Buffer.alloc(size, `${name} version ${version}\n`);
}

/**
 * New files, files replaced by rename, files that grow, beside a crowd of files that come and go and
 * are never synced.
 */
export function writerScript({ device, folder, files }: MarkOptions): string {
  return `
set -e
mkdir -p ${folder}/crowd; cd ${folder}; sync
# What nobody syncs reaches the drive within seconds as well.
echo 50 >/proc/sys/vm/dirty_writeback_centisecs
echo 100 >/proc/sys/vm/dirty_expire_centisecs
marks=0
mark() {
  printf '%-512s' "$*" | dd of=${device} bs=512 seek=$marks iflag=fullblock oflag=direct conv=notrunc 2>/dev/null
  marks=$((marks + 1))
}
content() { yes "$1 version $2" | head -c "$3"; }
put() {
  mark begin "$1" "$2" "$3"
  content "$1" "$2" "$3" | dd of="$1.new" bs=64k iflag=fullblock conv=fsync 2>/dev/null
  mv "$1.new" "$1"; sync .
  mark synced "$1" "$2" "$3"
}
fresh() {
  mark begin "$1" 1 "$2"
  content "$1" 1 "$2" | dd of="$1" bs=64k iflag=fullblock conv=fsync 2>/dev/null
  mark synced "$1" 1 "$2"
}
grow() {
  size=$(wc -c <"$1")
  mark begin "$1" 1 $((size + $2))
  content "$1" 1 $((size + $2)) | tail -c "$2" | dd of="$1" bs=64k iflag=fullblock oflag=append conv=notrunc,fsync 2>/dev/null
  mark synced "$1" 1 $((size + $2))
}
(
  round=0
  while [ -d crowd ]; do
    round=$((round + 1))
    for each in 1 2 3 4 5 6; do content crowd $round $((each * 3000)) >crowd/$round-$each; done
    rm -rf crowd/$((round - 2))-*
    mkdir -p crowd/folder-$round/deeper; rm -rf crowd/folder-$((round - 3))
  done 2>/dev/null
) & crowd=$!
file=0
while [ $file -lt ${files} ]; do
  file=$((file + 1))
  fresh file-$file $((file * 7919 % 50000 + 1))
  [ $((file % 3)) != 0 ] || put file-$((file / 2)) $file $((file * 104729 % 90000 + 1))
  [ $((file % 5)) != 0 ] || grow file-$file $((file * 31 % 5000 + 1))
done
kill $crowd
`;
}

export interface ExpectedFile {
  readonly name: string;
  readonly version: number;
  readonly size: number;
}

/** The files that were synced, and not touched since, when the event `at` was under way. */
export function syncedFiles(
  events: readonly DriveEvent[],
  at: number,
  marks: { readonly from: number; readonly to: number },
): ExpectedFile[] {
  const files = new Map<string, ExpectedFile>();
  for (const event of events.slice(0, at)) {
    if (event.kind !== 'write' || event.at < marks.from || event.at >= marks.to) continue;
    const [word = '', name = '', version, size] = event.data.toString('latin1').split(/\s+/);
    if (word === 'begin') files.delete(name);
    if (word === 'synced') files.set(name, { name, version: Number(version), size: Number(size) });
  }
  return [...files.values()];
}
