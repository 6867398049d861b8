# Ventoy starts an ISO file without a parameter that names it, from file systems that only few kernels
# know; but it puts a map of the sectors that the file occupies into the initrd. # shellcheck shell=sh

# Sets DISC to a mapped device that shows the file as the disc it is, whichever disk it is on.
look_at_ventoy_map() {
	[ -f /ventoy/ventoy_image_map ] || return 1
	for disk in $(whole_devices); do
		ventoy_table "$disk" </ventoy/ventoy_image_map |
			map_device live-iso --readonly 2>/dev/null || continue
		if is_disc "/dev/$(dm_name live-iso)"; then
			ISO_FILE="which Ventoy started, on $disk"
			return 0
		fi
		dmsetup remove live-iso
	done
	return 1
}

# ventoy_table DISK: the map on standard input as a dm table. A piece has 24 bytes, little-endian: its
# first and last 2 KiB block in the file (32 bits each), its first and last sector on the disk (64 bits
# each, in the disk's own sectors).
ventoy_table() {
	read -r sector_bytes <"/sys/block/${1#/dev/}/queue/logical_block_size"
	scale=$((sector_bytes / 512))
	# shellcheck disable=SC2046 # numbers
	set -- "$1" $(od -A n -v -t u4)
	disk=$1
	shift
	while [ $# -ge 6 ]; do
		echo "$(($1 * 4)) $((($2 - $1 + 1) * 4)) linear $disk $((($3 + $4 * 4294967296) * scale))"
		shift 6
	done
}
