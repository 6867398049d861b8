# The medium: drivers for the hardware that is there, then the disc this initrd belongs to.
# shellcheck shell=sh

# What every boot needs, at once, so that their archive is unpacked once.
load_drivers() {
	debug_stop load_drivers
	load_modules dm-mod dm-zero dm-snapshot zram isofs ext4 ext2
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
# put it. Keeps polling: drives spin up, USB settles late.
find_medium() {
	debug_stop find_medium
	say "looking for the disc"
	DISC=
	until wait_for_medium; do
		offer_shell "the disc was not found in $WAIT seconds (volume $LABEL, root image $UUID)." \
			"to look again"
	done
	say "the disc is in $DISC"
}

wait_for_medium() {
	deadline=$(($(uptime_seconds) + WAIT))
	until look_once; do
		[ "$(uptime_seconds)" -lt "$deadline" ] || return 1
		sleep 0.3
		load_for_hardware
	done
}

uptime_seconds() {
	read -r uptime _ </proc/uptime
	echo "${uptime%.*}"
}

look_once() {
	for disc in $(whole_devices); do
		if has_root_image "$disc" "$ROOT_SECTOR"; then
			DISC=$disc
			DIRECT=1
			return 0
		fi
	done
	# No image at its sector: a disc mastered anew with other tools still has the file.
	for disc in $(whole_devices); do
		if has_root_file "$disc"; then
			DISC=$disc
			DIRECT=
			# The drive may have become ready only now.
			if has_root_image "$disc" "$ROOT_SECTOR" && umount /run/live/medium; then DIRECT=1; fi
			return 0
		fi
	done
	return 1
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

# Reads one 2 KiB block: the ext2 superblock lies 1,024 bytes into the image, its magic at 56 and its
# UUID at 104 (kernel: fs/ext4/ext4.h, struct ext4_super_block).
has_root_image() {
	[ "$(superblock_uuid "$1" "$(($2 / 4))")" = "$UUID" ]
}

superblock_uuid() {
	dd if="$1" bs=2048 skip="$2" count=1 2>/dev/null | dd bs=8 skip=141 count=2 2>/dev/null |
		od -A n -t x1 | tr -d ' \n'
}

# The classic way: mounts the volume and looks for the file. Leaves it mounted when it is ours.
has_root_file() {
	volume_is_iso "$1" || return 1
	mkdir -p /run/live/medium
	load_module isofs
	mount -t iso9660 -o ro "$1" /run/live/medium 2>/dev/null || return 1
	[ "$(superblock_uuid "/run/live/medium/$ROOT_FILE" 0)" = "$UUID" ] && return 0
	umount /run/live/medium
	return 1
}

# ECMA-119 8.1.2: the first volume descriptor, at block 16, carries "CD001" from its second byte.
volume_is_iso() {
	[ "$(dd if="$1" bs=2048 skip=16 count=1 2>/dev/null | dd bs=1 skip=1 count=5 2>/dev/null)" = CD001 ]
}

# For people, when nothing fits: every device with its size and what is in it.
list_devices() {
	found=
	for disc in $(whole_devices); do
		found=1
		read -r sectors <"/sys/block/${disc#/dev/}/size"
		model=
		read -r model <"/sys/block/${disc#/dev/}/device/model"
		if volume_is_iso "$disc"; then
			content="ISO 9660 volume '$(dd if="$disc" bs=2048 skip=16 count=1 2>/dev/null |
				dd bs=8 skip=5 count=4 2>/dev/null | sed 's/ *$//')', not the one looked for"
		else
			content="no ISO 9660 volume"
		fi
		echo "  $disc  $((sectors / 2048)) MiB  $model: $content"
	done 2>/dev/null
	[ -n "$found" ] || echo "  no drive at all: a driver may be missing (build with --initrd-module)"
}
