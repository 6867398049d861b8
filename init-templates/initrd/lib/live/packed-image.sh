# A compressed disc: the root image lies in a squashfs or erofs, and a loop device makes a disk of its file again.
# Only in the initrds of such discs.
# shellcheck shell=sh

# Sets IMAGE and IMAGE_START, as find_image does.
find_packed_image() {
	load_modules "$COMPRESSION" loop
	[ "$ORIGIN" = loop ] || warn "the root image is compressed: it has no sectors for live.origin=$ORIGIN"
	ORIGIN=loop
	map_packed_image
	mkdir -p /run/live/packed
	mount -t "$COMPRESSION" -o ro "$PACKED" /run/live/packed ||
		give_up "the $COMPRESSION with the root image could not be mounted."
	IMAGE=$(loop_device /run/live/packed/root.img) || give_up "no loop device for the root image."
	IMAGE_START=0
	# What is damaged on the disc is no block of the image.
	BAD_BLOCKS=
	say "the $COMPRESSION on $DISC has the root image"
}

# Sets PACKED, the device that the compressed file system is on: the drive's own sectors, so that nothing of it
# is in the cache of another file system, too. Where it has been moved, a loop device.
map_packed_image() {
	PACKED=/dev/mapper/live-packed
	if [ -n "$DIRECT" ]; then
		echo "0 $((($(sectors_of "$DISC") - ROOT_SECTOR) / 8 * 8)) linear $DISC $ROOT_SECTOR" |
			map_device live-packed --readonly || give_up "the root image on $DISC could not be mapped."
		[ "$COMPRESSION" != squashfs ] || cache_packed_image
		return
	fi
	warn "the root image is not at its sector; using a loop device"
	mount_medium_plain
	PACKED=$(loop_device "/run/live/medium/$ROOT_FILE") || give_up "no loop device for $ROOT_FILE."
}

# squashfs asks the drive anew for the sector that two of its blocks share (Linux 5.8 and newer): a head move a
# block. A loop device has it in its cache.
cache_packed_image() {
	PACKED=$(loop_device /dev/mapper/live-packed) || PACKED=/dev/mapper/live-packed
}

# When nothing of the image is needed any more.
release_packed_image() {
	umount /run/live/packed
	case $PACKED in
	/dev/loop*) losetup -d "$PACKED" ;;
	esac
	[ ! -e /dev/mapper/live-packed ] || unmap_device live-packed
}
