# Sourced by the tools of the live system: what they must know, and programs that run from memory.
# shellcheck shell=sh

# shellcheck source=/dev/null
. /run/live/state

# resident PROGRAM ARGUMENT...: bin/busybox or sbin/dmsetup of the initrd, which need no disc.
resident() {
	program=$1
	shift
	# shellcheck disable=SC2086 # a loader with its options, or nothing
	${LOADER:-} "/run/initramfs/$program" "$@"
}
