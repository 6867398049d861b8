#!/bin/sh
# Makes a live CD as live-build does: a squashfs of the root filesystem, which live-boot in its initrd
# mounts below an overlay. Needs root, or owners and devices are lost.
# usage: live-boot.sh ROOTFS.tar xz|zstd FOLDER OUTPUT.iso [KERNEL PARAMETER...]
# ROOTFS has live-boot in it. FOLDER must not exist.
set -eu
# shellcheck source=bench/isolinux-disc.sh
. "$(dirname "$0")/isolinux-disc.sh"

rootfs=$1
compression=$2
folder=$3
output=$4
shift 4
root=$folder/root
disc=$folder/disc
mkdir -p "$root" "$disc/live"
tar --extract --file "$rootfs" --directory "$root" --preserve-permissions --numeric-owner \
  --xattrs --xattrs-include='*'
mv "$root"/boot/vmlinuz-* "$disc/live/vmlinuz"
mv "$root"/boot/initrd.img-* "$disc/live/initrd.img"
mksquashfs "$root" "$disc/live/filesystem.squashfs" -quiet -no-progress -comp "$compression"
isolinux_disc "$disc" LIVE "boot=live $*" "$output"
