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
		if resident bin/busybox mkdir /run/initramfs/unpacking 2>/dev/null; then
			unpack_archive && resident bin/busybox rm "$PACKED_PROGRAMS"
			resident bin/busybox rmdir /run/initramfs/unpacking
			return
		fi
		resident bin/busybox sleep 0.1
		waits=$((waits + 1))
	done
}

unpack_archive() {
	case $PACKED_PROGRAMS in
	*.xz) unpacker='xzcat' ;;
	*.gz) unpacker='gunzip' ;;
	*) unpacker='cat' ;;
	esac
	resident bin/busybox "$unpacker" <"$PACKED_PROGRAMS" |
		(cd /run/initramfs && resident bin/busybox cpio -i -d -u 2>/dev/null)
}
