#!/bin/sh
# Makes a live CD as Fedora's tools do: an ext4 image in a squashfs, below which dracut's dmsquash-live puts
# a device-mapper snapshot. Needs root, or owners and devices are lost.
# usage: dracut.sh ROOTFS.tar FOLDER OUTPUT.iso [KERNEL PARAMETER...]
# The initrd of ROOTFS was made by dracut with dmsquash-live. FOLDER must not exist.
set -eu
# shellcheck source=bench/isolinux-disc.sh
. "$(dirname "$0")/isolinux-disc.sh"

# What the running system may write at most, as far as its memory goes.
readonly SPARE_KIB=2097152

rootfs=$1
folder=$2
output=$3
shift 3
root=$folder/root
disc=$folder/disc
mkdir -p "$root" "$disc/live" "$disc/LiveOS" "$folder/squashfs/LiveOS"
tar --extract --file "$rootfs" --directory "$root" --preserve-permissions --numeric-owner \
  --xattrs --xattrs-include='*'
mv "$root"/boot/vmlinuz-* "$disc/live/vmlinuz"
mv "$root"/boot/initrd.img-* "$disc/live/initrd.img"
kib=$(du --summarize --block-size=1K "$root" | cut -f 1)
mke2fs -q -t ext4 -b 4096 -m 0 -d "$root" "$folder/squashfs/LiveOS/rootfs.img" "$((kib + SPARE_KIB))K"
mksquashfs "$folder/squashfs" "$disc/LiveOS/squashfs.img" -quiet -no-progress -comp xz
isolinux_disc "$disc" LIVE "root=live:CDLABEL=LIVE rd.live.image $*" "$output"
