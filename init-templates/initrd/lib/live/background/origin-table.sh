# The origin's dm table, for the init and for what moves the image to memory, and out of it, later.
# shellcheck shell=sh

# origin_table IMAGE START TEMPLATES [RAM MOVED]: turns lines START COUNT KIND AT (docs/boot.md) on
# standard input into a dm table. The image begins at sector START of the device IMAGE; its first
# MOVED sectors are taken from the device RAM instead. All in 512-byte sectors.
origin_table() {
	in_ram=${5:-0}
	while read -r first count kind at; do
		case $kind in
		stored)
			near=$((in_ram - at))
			[ "$near" -gt 0 ] || near=0
			[ "$near" -le "$count" ] || near=$count
			[ "$near" -eq 0 ] || echo "$first $near linear $4 $at"
			[ "$near" -eq "$count" ] ||
				echo "$((first + near)) $((count - near)) linear $1 $(($2 + at + near))"
			;;
		template) echo "$first $count linear $3 $at" ;;
		zero) echo "$first $count zero" ;;
		esac
	done
}

# The rest is for scripts that run beside the system.

# map_image SECTORS: from now on so much of the image comes from memory. To resume with a table that was
# loaded is one step for the kernel: it holds new requests back, lets those on their way finish, and
# changes tables. Nothing is read from / in between.
map_image() {
	origin_table "$IMAGE" "$IMAGE_START" "$TEMPLATES" "$RAM_IMAGE" "$1" \
		</run/live/origin.table >/run/live/origin.next
	resident sbin/dmsetup load live-origin --readonly /run/live/origin.next || return 1
	resume_origin && return
	# A signal or a lack of memory: with the old table, then.
	resident sbin/dmsetup clear live-origin
	resume_origin
	return 1
}

resume_origin() {
	resident sbin/dmsetup resume live-origin --noudevsync --noudevrules --nolockfs
}

# All of the image comes from the disc again, and the memory is free.
leave_ram() {
	map_image 0 || return 1
	echo SWEPT=0 >>/run/live/toram
	echo 1 >"/sys/block/${RAM_IMAGE#/dev/}/reset"
}

available_kib() {
	while read -r key value _; do
		[ "$key" != MemAvailable: ] || echo "$value"
	done </proc/meminfo
}
