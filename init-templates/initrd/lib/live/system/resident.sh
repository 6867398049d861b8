# Sourced by the tools of the live system: what they must know, and programs that run from memory.
# shellcheck shell=sh

# shellcheck source=/dev/null
. /run/live/state

# resident PROGRAM ARGUMENT...: bin/busybox or sbin/dmsetup of the initrd, which need no disc.
resident() {
	loader=${LOADER:-}
	if [ "$1" != bin/busybox ]; then
		unpack_programs
		loader=${PROGRAM_LOADER:-}
	fi
	program=$1
	shift
	# shellcheck disable=SC2086 # a loader with its options, or nothing
	$loader "/run/initramfs/$program" "$@"
}

# All but busybox stays packed until somebody needs it, since many a system never does. The archive
# goes when everything is there; who comes second waits for that.
unpack_programs() {
	waits=0
	while [ -e "$PACKED_PROGRAMS" ] && [ "$waits" -lt 300 ]; do
		if resident bin/busybox mkdir /run/initramfs/unpacking; then
			# Not $$, which in the guard is who started it.
			read -r owner _ </proc/self/stat && echo "$owner" >/run/initramfs/unpacking/by
			unpack_archive && resident bin/busybox rm "$PACKED_PROGRAMS"
			resident bin/busybox rm -r /run/initramfs/unpacking
			return
		fi
		# Who was killed over it does not end it.
		read -r owner </run/initramfs/unpacking/by && [ ! -d "/proc/$owner" ] &&
			resident bin/busybox rm -r /run/initramfs/unpacking
		resident bin/busybox sleep 0.1
		waits=$((waits + 1))
	done
} 2>/dev/null

unpack_archive() {
	case $PACKED_PROGRAMS in
	*.xz) unpacker='xzcat' ;;
	*.gz) unpacker='gunzip' ;;
	*) unpacker='cat' ;;
	esac
	# An archive that breaks off is an archive to cpio.
	{ resident bin/busybox "$unpacker" <"$PACKED_PROGRAMS" && : >/run/initramfs/unpacking/whole; } |
		(cd /run/initramfs && resident bin/busybox cpio -i -d -u) &&
		[ -e /run/initramfs/unpacking/whole ]
}
