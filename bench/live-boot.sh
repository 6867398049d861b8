#!/bin/sh
# Makes a live CD as live-build does: a squashfs of the root filesystem, which live-boot in its initrd
# mounts below an overlay.
# usage: live-boot.sh ROOTFS.tar xz|zstd FOLDER OUTPUT.iso
# ROOTFS has live-boot in it. FOLDER must not exist.
set -eu
# shellcheck source=bench/isolinux-disc.sh
. "$(dirname "$0")/isolinux-disc.sh"

rootfs=$1
compression=$2
folder=$3
output=$4
disc=$folder/disc
mkdir -p "$disc/live" "$folder/boot"
tar --extract --file "$rootfs" --directory "$folder/boot" --no-same-owner ./boot
cp "$folder"/boot/boot/vmlinuz-* "$disc/live/vmlinuz"
cp "$folder"/boot/boot/initrd.img-* "$disc/live/initrd.img"
sqfstar -quiet -no-progress -comp "$compression" "$disc/live/filesystem.squashfs" boot <"$rootfs"
isolinux_disc "$disc" LIVE 'boot=live console=tty0 console=ttyS0' "$output"
