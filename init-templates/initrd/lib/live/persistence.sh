# A store that lasts: changes go to a device or a file and are there again at the next start.
# What cannot be used is left alone, and the system starts with a store in RAM. # shellcheck shell=sh
#
#   device:  our header | dm COW store                      live.ro:  live-saved (snapshot of type P)
#                         live-kept --> live-store --> live-root                  live-root --> RAM

# shellcheck source=lib/live/system/store-header.sh
. /lib/live/system/store-header.sh

# Whether changes go to a store that lasts.
PERSISTENT=no
# What changes lie upon, when it is not the disc alone.
BASE=
# Whether the store has changes of an earlier start.
STORE_USED=
# The loop device of a store in a file.
STORE_LOOP=

# Whether what was set up at an earlier start is there: what users have changed since must stay.
has_started_before() {
	[ -n "$STORE_USED" ] && [ "$PERSISTENT$BASE" != no ]
}

# live.cow=auto|DEVICE|DEVICE:/path. Sets STORE_DEVICES, STORE_KIB and PERSISTENT. Fails, and has said
# why, when changes are to go to RAM; BASE is what they lie upon.
make_lasting_store() {
	READ_ONLY=${live_ro:-no}
	say "looking for the store ($COW)"
	if ! { wait_for_store && reach_store && open_file && decrypt_store && check_store && map_kept; }; then
		leave_store
		warn "changes are kept in RAM only: $PROBLEM"
		return 1
	fi
	say "the store is on $COW, made $HEADER_CREATED"
	if [ "$READ_ONLY" != no ]; then
		read_store_only
		return 1
	fi
	PERSISTENT=yes
	switch_cache_off
	# Type N would begin anew, over what the store holds.
	COW_TYPE=PO
	STORE_KIB=$((HEADER_SECTORS / 2 - HEADER_SECTORS / 2 % 4))
	STORE_DEVICES=$(dm_name live-kept):$STORE_KIB
	STORE_FIXED=yes
}

# The drive of the disc belongs to device-mapper: a partition of the same stick is reached through a
# linear device.
reach_store() {
	name=$(readlink -f "$STORE_DEVICE")
	name=${name#/dev/}
	[ "/dev/$(whole_disk "$name")" = "$DISC" ] || return 0
	PROBLEM="$STORE_DEVICE is on the drive of the disc and cannot be reached; live.origin=direct may help"
	[ "$READ_ONLY" != no ] || blockdev --setrw "$DISC"
	read -r first <"/sys/class/block/$name/start"
	echo "0 $(($(blockdev --getsz "$STORE_DEVICE") / 8 * 8)) linear $DISC $first" |
		map_named live-partition && STORE_DEVICE=/dev/mapper/live-partition
}

# For DEVICE:/path, a loop device for the file. The file system is mounted read-only first: where
# there is no store of this disc, nothing is written.
open_file() {
	case $COW in
	*:/*) ;;
	*) return 0 ;;
	esac
	load_modules loop ext4 ext2 vfat nls_cp437
	mkdir -p /run/live/store
	PROBLEM="no ext or FAT file system could be mounted from $STORE_DEVICE"
	mount_store_files ro || return 1
	store_file=/run/live/store/${COW#*:/}
	PROBLEM="there is no file /${COW#*:/} on $STORE_DEVICE; 'live-persist create' makes one"
	[ -f "$store_file" ] && has_our_store "$store_file" && loop_over_file "$store_file"
}

# STORE_LOOP is set as long as there is one.
loop_over_file() {
	PROBLEM="no loop device for $COW"
	loop=$(losetup -f) || return 1
	if [ "$READ_ONLY" != no ]; then
		losetup -r "$loop" "$1" || return 1
	else
		umount /run/live/store
		PROBLEM="the file system on $STORE_DEVICE cannot be written to; live.ro reads the store"
		# busybox mounts what is write-protected read-only.
		mount_store_files rw && grep -q ' /run/live/store [^ ]* rw' /proc/mounts || return 1
		PROBLEM="no loop device for $COW that can be written to"
		losetup "$loop" "$1" || return 1
	fi
	STORE_LOOP=$loop
	[ "$READ_ONLY" != no ] || write_through_loop
	STORE_DEVICE=$STORE_LOOP
}

# A loop device keeps what it was given in memory until a flush: past the page cache nothing waits, and
# nothing is in memory twice. Where the image has no losetup that can do it, each write is synced.
write_through_loop() {
	enter_image && {
		in_image losetup --direct-io=on "$STORE_LOOP"
		leave_image
	} 2>/dev/null
	read -r direct <"/sys/block/${STORE_LOOP#/dev/}/loop/dio"
	[ "$direct" = 1 ] || mount -o remount,sync /run/live/store
}

# mount_store_files ro|rw: the read-only way does not even replay a journal. FAT's "default" is the
# table of characters that is in every kernel.
mount_store_files() {
	while read -r type options; do
		mount -t "$type" -o "$1,nosuid,nodev,$options" "$STORE_DEVICE" /run/live/store 2>/dev/null && return
	done <<-END
		ext4 noatime$([ "$1" = rw ] || echo ,noload)
		ext2 noatime
		vfat noatime,utf8,codepage=437,iocharset=default
	END
	return 1
}

# The cryptsetup of the root image asks for the passphrase.
decrypt_store() {
	is_encrypted "$STORE_DEVICE" || return 0
	has_our_store "$STORE_DEVICE" || return 1
	PROBLEM="the store on $COW is encrypted, and the root image cannot be read"
	enter_image || return 1
	# Wanted too seldom to lie in the initrd.
	in_image modprobe -a dm-crypt xts aes sha256 algif_skcipher >/dev/null 2>&1
	PROBLEM="the store on $COW is encrypted, and the root image has no cryptsetup"
	if in_image cryptsetup --version >/dev/null 2>&1; then
		PROBLEM="the encrypted store on $COW was not opened"
		say "the store is encrypted"
		set -- "$STORE_DEVICE" live-crypt
		[ "$READ_ONLY" = no ] || set -- --readonly "$@"
		in_image cryptsetup open --type luks "$@"
	fi
	leave_image
	[ -b /dev/mapper/live-crypt ] && STORE_DEVICE=/dev/mapper/live-crypt
}

# Whether the store is this disc's, whole and of use.
check_store() {
	has_our_store "$STORE_DEVICE" || return 1
	PROBLEM="$COW is smaller than the store that was made on it"
	[ $((HEADER_SECTORS + STORE_HEADER_SECTORS)) -le "$(blockdev --getsz "$STORE_DEVICE")" ] || return 1
	if [ "${live_reset:-no}" != no ]; then
		reset_store
		return
	fi
	PROBLEM="what follows the store's header on $COW is no snapshot; live.reset begins anew"
	case $(cow_state "$STORE_DEVICE") in
	empty) return 0 ;;
	used)
		STORE_USED=1
		return 0
		;;
	invalid) PROBLEM="a write to the store on $COW failed once, so that it cannot be trusted; live.reset begins anew" ;;
	esac
	return 1
}

reset_store() {
	PROBLEM="live.reset and live.ro: the store on $COW is neither read nor emptied"
	[ "$READ_ONLY" = no ] || return 1
	PROBLEM="the store on $COW could not be emptied"
	empty_store "$STORE_DEVICE" && say "the store was emptied (live.reset)"
}

map_kept() {
	PROBLEM="the store on $COW could not be mapped"
	echo "0 $HEADER_SECTORS linear $STORE_DEVICE $STORE_HEADER_SECTORS" | map_named live-kept
}

# Some kernels, 6.1 among them, let fsync return on a file system without a journal while data is in the
# drive's cache only (fs/ext4/fsync.c, ext4_fsync_nojournal). So the cache is switched off, where the
# drive does not remember that for good: ATA drives and those of virtual machines.
switch_cache_off() {
	drive=$(readlink -f "$STORE_DRIVE")
	drive=$(whole_disk "${drive#/dev/}") || drive=${STORE_DRIVE#/dev/}
	for attribute in "/sys/block/$drive/cache_type" "/sys/block/$drive/device/scsi_disk"/*/cache_type; do
		[ -w "$attribute" ] || continue
		read -r vendor <"/sys/block/$drive/device/vendor"
		case $drive-$vendor in
		vd* | *-ATA*) echo 'write through' >"$attribute" ;;
		esac
	done
} 2>/dev/null

# map_named NAME: as map_device, read-only where nothing is to be written.
map_named() {
	if [ "$READ_ONLY" = no ]; then
		map_device "$1"
	else
		map_device "$1" --readonly
	fi
}

# New changes lie in RAM, above those in the store.
read_store_only() {
	say "the store is only read; changes are kept in RAM"
	# The kernel cannot begin a store that it may not write to, and an empty one has nothing to read.
	[ "$(cow_state "$STORE_DEVICE")" = used ] || return 0
	load_module dm-snapshot
	if echo "0 $FS_SECTORS snapshot /dev/mapper/live-origin /dev/mapper/live-kept P 8" |
		map_device live-saved --readonly; then
		BASE=/dev/mapper/live-saved
	else
		warn "the store on $COW could not be read: the system starts without it"
	fi
}

# A store that has no room is only read, before a check of the file system or the start writes to it:
# the guard would make / read-only at once.
leave_full_store() {
	filled_blocks
	[ $((filled * 4 + DIRTY_KIB)) -ge $((STORE_KIB - BRAKE_KIB)) ] || return 0
	warn "the store on $COW is full: it is read, and changes are kept in RAM only. live.reset empties it."
	stack_again yes
}

# stack_again yes|'': takes the snapshot off the store and puts it, with a new store in RAM, on what
# was saved (yes) or on the disc alone.
stack_again() {
	unmap_devices live-root live-saved live-store live-kept
	PERSISTENT=no
	BASE=
	if [ "$1" = yes ]; then
		READ_ONLY=yes
		map_kept && read_store_only
	else
		leave_store
	fi
	COW=zram
	make_store
	make_snapshot
}

# What was opened of a store that is not used is closed again, and nothing may be written to its drive. DISC is
# empty when the disc has been loaded to memory.
leave_store() {
	unmap_devices live-kept live-crypt
	[ -z "$STORE_LOOP" ] || losetup -d "$STORE_LOOP"
	STORE_LOOP=
	umount /run/live/store 2>/dev/null
	unmap_devices live-partition
	[ -z "$DISC" ] || blockdev --setro "$DISC"
}

# Those of the devices that there are.
unmap_devices() {
	for name; do
		[ ! -b "/dev/mapper/$name" ] || unmap_device "$name"
	done
}
