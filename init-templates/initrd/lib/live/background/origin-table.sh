# The origin's dm table, for the init and for what moves the image to memory, and out of it, later.
# shellcheck shell=sh

# origin_table IMAGE START TEMPLATES [RAM MOVED [BUFFER BUFFERED]]: turns lines START COUNT KIND AT
# (docs/boot.md) on standard input into a dm table. The image begins at sector START of the device IMAGE; its
# first MOVED sectors are taken from the device RAM instead, and if there is a device BUFFER, what follows up to
# BUFFERED from there. All in 512-byte sectors.
origin_table() {
	while read -r first count kind at; do
		case $kind in
		stored)
			part_up_to "${5:-0}" "$4" 0
			[ -z "$6" ] || part_up_to "$7" "$6" 0
			part_up_to $((at + count)) "$1" "$2"
			;;
		template) echo "$first $count linear $3 $at" ;;
		zero) echo "$first $count zero" ;;
		esac
	done
}

# part_up_to LIMIT DEVICE START: takes so much of a line's run of the image, the image being there at START.
part_up_to() {
	part=$(($1 - at))
	[ "$part" -le "$count" ] || part=$count
	[ "$part" -gt 0 ] || return 0
	echo "$first $part linear $2 $(($3 + at))"
	first=$((first + part)) count=$((count - part)) at=$((at + part))
}

# The rest is for scripts that run beside the system.

# map_image SECTORS: from now on so much of the image comes from memory, and the rest from the drive itself.
map_image() {
	origin_table "$IMAGE" "$IMAGE_START" "$TEMPLATES" "$RAM_IMAGE" "$1" </run/live/origin.table |
		change_table live-origin --readonly || return 1
	[ -z "$BUFFER" ] || free_buffer
}

# Nothing is read through the loop device any more, and what the kernel has kept for it is memory.
free_buffer() {
	resident bin/busybox losetup -d "$BUFFER"
	resident bin/busybox blockdev --flushbufs "$IMAGE"
	resident bin/busybox rm -f /run/udev/rules.d/10-live-loop.rules
	BUFFER=
	echo BUFFER= >>/run/live/toram
}

# All of the image comes from the disc again, and the memory is free. A program that looks through all devices may
# have it open for a moment.
leave_ram() {
	map_image 0 || return 1
	echo SWEPT=0 >>/run/live/toram
	tries=0
	until echo 1 >"/sys/block/${RAM_IMAGE#/dev/}/reset" || [ "$tries" -ge 5 ]; do
		resident bin/busybox sleep 1
		tries=$((tries + 1))
	done 2>/dev/null
}

available_kib() {
	while read -r key value _; do
		[ "$key" != MemAvailable: ] || echo "$value"
	done </proc/meminfo
}
