# The disc as a file: an ISO on some disk's file system, which a boot menu has started.
# shellcheck shell=sh

# A path with blanks: boot menus put the whole parameter into quotes.
read_quoted_path() {
	for name in live.iso findiso iso-scan/filename; do
		rest=${COMMAND_LINE#*\""$name"=}
		[ "$rest" = "$COMMAND_LINE" ] || live_iso=${rest%%\"*}
	done
}

# live.iso=PATH: looks for the file on every file system there is, since nobody knows how the boot
# menu's name of a disk is spelt here.
look_for_iso_file() {
	[ -n "${live_iso:-}" ] || return 1
	for device in $(block_devices); do
		mount_iso_device "$device" || continue
		is_iso_file "$device" "/run/live/isodevice/${live_iso#/}" && return
		umount /run/live/isodevice
	done
	return 1
}

# When nothing of the disc is needed any more, nor is the disk with its file.
release_iso_file() {
	case $DISC in
	/dev/loop*) losetup -d "$DISC" ;;
	/dev/dm-*) dmsetup remove live-iso ;;
	esac 2>/dev/null
	! mountpoint_in_use /run/live/isodevice || umount /run/live/isodevice
}

# For a device that the user has chosen: any ISO file of ours in its first two levels of folders.
search_iso_files() {
	mount_iso_device "$1" || return 1
	find /run/live/isodevice/ -maxdepth 2 -type f -name '*.[iI][sS][oO]' >/run/live/iso-files 2>/dev/null
	while read -r file; do
		is_iso_file "$1" "$file" && return
	done </run/live/iso-files
	umount /run/live/isodevice
	return 1
}

# is_iso_file DEVICE FILE: sets DISC to a loop device of the file when it is our disc. device-mapper
# takes the root image out of it at its sector; nothing is mounted for that.
is_iso_file() {
	[ -f "$2" ] || return 1
	place="${2#/run/live/isodevice} on $1"
	if volume_is_iso "$2" && loop=$(loop_device "$2"); then
		if is_disc "$loop" || is_remastered_disc "$loop"; then
			ISO_FILE=$place
			return 0
		fi
		losetup -d "$loop"
	fi
	report_once "$(echo "$place" | printable): not the disc looked for"
	return 1
}

# Mounts a file system read-only at /run/live/isodevice, and writes nothing to it: "noload" leaves
# the journal of a disk that was not shut down cleanly as it is.
mount_iso_device() {
	mkdir -p /run/live/isodevice
	types=$(drivers_of "$(filesystem_of "$1")")
	while read -r type options; do
		[ -n "$type" ] || continue
		load_modules "$type" loop nls_cp437
		mount -t "$type" -o "ro,nosuid,nodev$options" "$1" /run/live/isodevice 2>/dev/null && return
	done <<-END
		$types
	END
	return 1
}

# Lines TYPE ,OPTIONS. FAT: "default" is the table of characters that is in every kernel; names beyond
# ASCII are UTF-8 all the same.
drivers_of() {
	case $1 in
	ext) printf '%s\n' 'ext4 ,noload' 'ext3 ,noload' 'ext2' ;;
	FAT) echo 'vfat ,utf8,codepage=437,iocharset=default' ;;
	exFAT) echo 'exfat' ;;
	NTFS) printf '%s\n' 'ntfs3' 'ntfs' ;;
	'ISO 9660') echo 'iso9660' ;;
	esac
}

# What a device begins with: the kind of file system, or nothing. ext: the superblock's magic
# (kernel: fs/ext4/ext4.h); FAT, exFAT, NTFS: names in the boot sector, which ends with 55 aa.
filesystem_of() {
	case $(hex_at "$1" 0 3 8) in
	4558464154202020) echo exFAT && return ;;
	4e54465320202020) echo NTFS && return ;;
	esac
	case $(hex_at "$1" 0 510 2)$(hex_at "$1" 0 54 3)$(hex_at "$1" 0 82 3) in
	55aa464154* | 55aa*464154) echo FAT && return ;;
	esac
	if [ "$(hex_at "$1" 0 1080 2)" = 53ef ]; then
		echo ext
	elif volume_is_iso "$1"; then
		echo 'ISO 9660'
	fi
}

# Ventoy starts an ISO file without a parameter that names it, from file systems that only few kernels
# know; but it puts a map of the sectors that the file occupies into the initrd.
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
