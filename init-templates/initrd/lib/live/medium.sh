# The medium: drivers for the hardware that is there, then the disc this initrd belongs to.
# shellcheck shell=sh

# What every boot needs, at once, so that their archive is unpacked once.
load_drivers() {
	debug_stop load_drivers
	load_modules dm-mod dm-zero dm-snapshot dm-delay zram isofs ext4 ext2
	load_for_hardware
}

# The modules the hardware asks for, and nothing else: each one costs memory.
load_for_hardware() {
	find /sys/devices -name modalias 2>/dev/null | while read -r file; do
		# Attributes may vanish under a bus that is still settling.
		cat "$file" 2>/dev/null
	done | sort -u >/run/live/modaliases
	cmp -s /run/live/modaliases /run/live/modaliases.loaded && return
	mv /run/live/modaliases /run/live/modaliases.loaded
	set -f
	# shellcheck disable=SC2046 # one modalias a word, which are no patterns of files
	set -- $(cat /run/live/modaliases.loaded)
	set +f
	load_modules "$@"
}

# Sets DISC to the device that holds our root image, and DIRECT when its sector is where the builder
# put it.
find_medium() {
	debug_stop find_medium
	say "looking for the disc"
	DISC=
	read_quoted_path
	wait_for_medium || ask_for_medium
	say "the disc is in $DISC${ISO_FILE:+, the file $ISO_FILE}"
}

# Drives spin up, USB settles late.
wait_for_medium() {
	started=$(uptime_seconds)
	SHOW_FROM=$((started + PATIENCE))
	until look_around; do
		[ "$(uptime_seconds)" -lt $((started + WAIT)) ] || return 1
		sleep 0.3
		load_for_hardware
	done
}
# Seconds before those who wait are told what there is.
PATIENCE=3

uptime_seconds() {
	read -r uptime _ </proc/uptime
	echo "${uptime%.*}"
}

# One look. What takes a mount is done when there is a new device or disc, and every few seconds.
look_around() {
	look_at_sectors && return
	now=$(uptime_seconds)
	state=$(device_states)
	[ "$state" != "$LOOKED_AT" ] || [ "$now" -ge "$LOOK_AGAIN" ] || return 1
	LOOKED_AT=$state
	LOOK_AGAIN=$((now + LOOK_SECONDS))
	look_inside
}
LOOK_SECONDS=5
LOOKED_AT=
LOOK_AGAIN=0

look_at_sectors() {
	for device in $(whole_devices); do
		is_disc "$device" && return
	done
	return 1
}

look_inside() {
	look_for_iso_file && return
	look_at_ventoy_map && return
	for device in $(block_devices); do
		is_disc "$device" && return
		# No image at its sector: a disc mastered anew with other tools still has the file.
		is_remastered_disc "$device" && return
	done
	[ "$now" -lt "$SHOW_FROM" ] || show_new_devices
	return 1
}

is_disc() {
	has_root_image "$1" "$SUPERBLOCK_SECTOR" || return 1
	DISC=$1
	DIRECT=1
}

is_remastered_disc() {
	has_root_file "$1" || return 1
	DISC=$1
	DIRECT=
	# The drive may have become ready only now.
	if has_root_image "$1" "$SUPERBLOCK_SECTOR" && umount /run/live/medium; then DIRECT=1; fi
}

# What changes when a device or a disc comes or goes; kernels before 5.15 do not number the discs.
device_states() {
	for device in $(block_devices); do
		name=${device#/dev/}
		size=
		number=
		read -r size <"/sys/class/block/$name/size"
		read -r number <"/sys/class/block/$name/diskseq"
		echo "$name $size $number"
	done 2>/dev/null
}

# Whole devices, optical drives first: partitions of an isohybrid stick carry the same label but
# cannot be mapped from sector 0.
whole_devices() {
	for class in sr hd sd vd xvd nvme mmcblk; do
		for entry in /sys/block/"$class"*; do
			[ -e "$entry" ] && echo "/dev/${entry##*/}"
		done
	done
}

# And then their partitions.
block_devices() {
	whole_devices
	for disk in $(whole_devices); do
		for entry in "/sys/block/${disk#/dev/}/${disk#/dev/}"*; do
			[ -e "$entry/partition" ] && echo "/dev/${entry##*/}"
		done
	done
}

# Reads one 2 KiB block: the ext2 superblock lies 1,024 bytes into the image, its magic at 56 and its
# UUID at 104 (kernel: fs/ext4/ext4.h, struct ext4_super_block). Of the disc, the block is kept.
has_root_image() {
	dd if="$1" bs=2048 skip="$(($2 / 4))" count=1 2>/dev/null >/run/live/superblock
	[ "$(superblock_uuid /run/live/superblock 0)" = "$UUID" ]
}

superblock_uuid() {
	hex_at "$1" "$2" 1128 16
}

# hex_at FILE BLOCK OFFSET COUNT: bytes of a 2 KiB block, the least that every drive reads.
hex_at() {
	dd if="$1" bs=2048 skip="$2" count=1 2>/dev/null | od -A n -v -t x1 -j "$3" -N "$4" 2>/dev/null |
		tr -d ' \n'
}

# The classic way: mounts the volume and looks for the file. Leaves it mounted when it is ours.
has_root_file() {
	volume_is_iso "$1" || return 1
	mkdir -p /run/live/medium
	load_module isofs
	mount -t iso9660 -o ro "$1" /run/live/medium 2>/dev/null || return 1
	[ "$(superblock_uuid "/run/live/medium/$SUPERBLOCK_FILE" 0)" = "$UUID" ] && return 0
	umount /run/live/medium
	return 1
}

# ECMA-119 8.1.2: the first volume descriptor, at block 16, carries "CD001" from its second byte.
volume_is_iso() {
	[ "$(hex_at "$1" 16 1 5)" = 4344303031 ]
}
