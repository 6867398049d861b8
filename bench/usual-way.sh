#!/bin/sh
# Makes a live CD of a root filesystem the usual way: unpack it, make a file system image of the
# folder, make an ISO of that. Needs root, or owners and devices are lost.
# usage: usual-way.sh ROOTFS.tar INITRD FOLDER OUTPUT.iso
# FOLDER must not exist; what is unpacked stays there. The initrd is taken as it is.
set -eu

# shellcheck source=bench/isolinux-disc.sh
. "$(dirname "$0")/isolinux-disc.sh"

# What an ext2 of 4 KiB blocks needs beside the data, and room to spare: nobody knows it before.
readonly SPARE_PERCENT=5
readonly SPARE_KIB=65536

main() {
  rootfs=$1
  initrd=$2
  folder=$3
  output=$4
  root=$folder/root
  disc=$folder/disc
  mkdir -p "$root" "$disc/live"

  tar --extract --file "$rootfs" --directory "$root" --preserve-permissions --numeric-owner \
    --xattrs --xattrs-include='*'
  kib=$(du --summarize --block-size=1K "$root" | cut -f 1)
  mke2fs -q -t ext2 -b 4096 -m 0 -d "$root" "$disc/live/root.img" \
    "$((kib + kib * SPARE_PERCENT / 100 + SPARE_KIB))K"
  cp "$root"/boot/vmlinuz-* "$disc/live/vmlinuz"
  cp "$initrd" "$disc/live/initrd.img"
  isolinux_disc "$disc" LIVE '' "$output"
  sync "$output"
}

main "$@"
