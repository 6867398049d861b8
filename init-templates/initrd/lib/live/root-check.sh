# The file system after a power cut, and programs of the root image. # shellcheck shell=sh

# The root image as it is on the disc, read-only at /root: a second device, for the first is the
# snapshot's alone.
enter_image() {
	echo "0 $FS_SECTORS linear /dev/mapper/live-origin 0" | map_device live-image --readonly || return 1
	load_modules ext4 ext2
	mount -t ext2 -o ro /dev/mapper/live-image /root 2>/dev/null ||
		mount -t ext4 -o ro /dev/mapper/live-image /root || {
		unmap_device live-image
		return 1
	}
	for filesystem in proc sys dev run; do
		mount -o bind "/$filesystem" "/root/$filesystem"
	done
}

leave_image() {
	for filesystem in proc sys dev run; do
		umount "/root/$filesystem"
	done
	umount /root && unmap_device live-image
}

# in_image PROGRAM ARGUMENT...: 127 when the image has no such program.
in_image() {
	PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot /root "$@"
}

# After a power cut the file system of a lasting store needs its checker, which comes from the root
# image as it is on the disc.
check_root() {
	debug_stop check_root
	# On a system without a past there is nothing to check.
	[ "$PERSISTENT$BASE" != no ] || return 0
	root_is_unclean || return 0
	if [ "${live_fsck:-auto}" = no ]; then
		warn "the system was not shut down, and its file system is not checked (live.fsck=no)."
		return
	fi
	say "the system was not shut down: its file system is checked"
	repair_root
	case $? in
	0) say "the file system is in order again" ;;
	127)
		warn "the root image has no e2fsck: the store is read, but changes are kept in RAM only (live.fsck=no writes to it unchecked)."
		[ "$PERSISTENT" = no ] || stack_again yes
		;;
	*)
		warn "e2fsck could not repair the store: the system starts without it. live.reset empties it."
		stack_again ''
		;;
	esac
}

# s_state at 58 of the superblock (kernel: fs/ext4/ext4.h): 1 is unmounted in order, without errors.
root_is_unclean() {
	[ "$(dd if=/dev/mapper/live-root bs=2 skip=541 count=1 2>/dev/null | od -A n -t d2 | tr -d ' ')" != 1 ]
}

# e2fsck(8): 0 and 1 are in order and repaired, 2 is repaired while mounted, 4 and more are not.
repair_root() {
	enter_image || return 8
	in_image e2fsck -p -C 0 /dev/mapper/live-root
	status=$?
	if [ "$status" = 4 ]; then
		say "e2fsck repairs everything it finds"
		in_image e2fsck -y -C 0 /dev/mapper/live-root
		status=$?
	fi
	leave_image
	[ "$status" -gt 1 ] || return 0
	return "$status"
}
