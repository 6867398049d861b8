# The root: origin, COW store, snapshot, mount.
#
#   disc --> live-origin (read-only: image, templates, zeros) --> live-root (snapshot) --> /
#                            live-store: COW store in RAM (store.sh) --^
# shellcheck shell=sh

# IMAGE: the device that has the root image; IMAGE_START: the 512-byte sector at which it begins.
find_image() {
	debug_stop find_image
	blockdev --setro "$DISC"
	if [ "$COMPRESSION" != none ]; then
		find_packed_image
		return
	fi
	IMAGE=$DISC
	IMAGE_START=$ROOT_SECTOR
	if [ "$ORIGIN" = loop ] || [ -z "$DIRECT" ]; then
		[ "$ORIGIN" = loop ] || warn "the root image is not at its sector; using a loop device"
		mount_medium_plain
		IMAGE=$(loop_device "/run/live/medium/$ROOT_FILE") || give_up "no loop device for $ROOT_FILE."
		IMAGE_START=0
		ORIGIN=loop
	fi
}

# live-origin: the image, then the template blocks that stand for the bitmaps of every block group
# behind it, then zeros.
make_origin() {
	debug_stop make_origin
	load_modules dm-mod dm-zero
	TEMPLATES=
	if [ "$TEMPLATE_SECTORS" -gt 0 ]; then
		TEMPLATES=$(copy_templates "$IMAGE" "$IMAGE_START")
	fi
	origin_table "$IMAGE" "$IMAGE_START" "$TEMPLATES" "$RAM_IMAGE" "$SWEPT" "$BUFFER" "$HOT_SECTORS" \
		</etc/origin.table |
		map_device live-origin --readonly ||
		give_up "the root image on $IMAGE could not be mapped."
	say "the root image is mapped from $IMAGE ($ORIGIN)"
}

# The few template blocks are asked for at every mount and write: they live in memory.
copy_templates() {
	device=$(zram_device $((TEMPLATE_SECTORS / 2)) 2>/dev/null) || {
		# Without zram, a file in the initrd's own memory behind a loop device.
		read_templates "$@" /run/live/templates
		loop_device /run/live/templates
		return
	}
	read_templates "$@" "$device"
	echo "$device"
}

# read_templates DEVICE START FILE
read_templates() {
	dd if="$1" of="$3" bs=4096 skip=$((($2 + IMAGE_SECTORS) / 8)) count=$((TEMPLATE_SECTORS / 8)) \
		conv=fsync 2>/dev/null ||
		warn "the disc cannot be read where the bitmaps of free space lie: new files may fail"
}

make_snapshot() {
	debug_stop make_snapshot
	load_module dm-snapshot
	# Memory that stays ready for copying: 512 KiB by default, where a chunk is copied at a time.
	{ echo 4 >/sys/module/dm_mod/parameters/kcopyd_subjob_size_kb; } 2>/dev/null
	if ! snapshot_table "$COW_TYPE" | map_device live-root; then
		[ "$PERSISTENT" = no ] || {
			warn "the store on $COW could not be used: the system starts without it"
			stack_again ''
			return
		}
		COW_TYPE=N
		snapshot_table N | map_device live-root || give_up "the snapshot could not be made."
	fi
	# Kernels before 4.4 take PO for P without a word; the table tells what they made of it.
	case $(dmsetup table live-root) in
	*" PO "*) COW_TYPE=PO ;;
	*" P "*) COW_TYPE=P ;;
	*) COW_TYPE=N ;;
	esac
	say "changes go to $STORE ($COW, $((STORE_KIB / 1024)) MiB, type $COW_TYPE)"
	[ "$COW_TYPE" = PO ] || warn "with a snapshot of type $COW_TYPE a full store stops the system"
	[ "$PERSISTENT" = no ] || leave_full_store
}

# 8 sectors: one ext2 block a chunk, so that no write copies more than it changes.
snapshot_table() {
	echo "0 $FS_SECTORS snapshot ${BASE:-/dev/mapper/live-origin} $STORE $1 8"
}

# An accepted write must have its place in the store at once: mounted as ext2 there is no delayed
# allocation, neither in ext2.ko nor in ext4.ko (fs/ext4/super.c); mounted as ext4 it is switched off.
# no_prefetch_block_bitmaps: a mount reads no bitmaps that it does not need (ext4.ko from 5.8).
mount_root() {
	debug_stop mount_root
	load_modules ext4 ext2
	read_metadata
	# A kernel that has an ext2.ko, too, lets its ext4.ko mount ext2 as ext4 only.
	while read -r type options; do
		mount -t "$type" -o "$options" /dev/mapper/live-root /root 2>/dev/null || continue
		exec 6<&-
		read_nothing_ahead
		reserve_what_does_not_fit
		return
	done <<-END
		ext2 noatime,no_prefetch_block_bitmaps
		ext2 noatime
		ext4 noatime,nodelalloc,no_prefetch_block_bitmaps
		ext4 noatime,nodelalloc
	END
	exec 6<&-
	[ "$PERSISTENT$BASE" != no ] || give_up "the root file system could not be mounted."
	warn "the file system in the store could not be mounted: the system starts without it. live.reset empties it."
	stack_again ''
	mount_root
}

# What leads to the files that a boot reads lies together: read in one go into the cache of the device, where
# ext4.ko finds it, instead of block by block with a head move each. The cache lasts as long as someone has the
# device open, and as nobody changes its block size: a mount does, unless it is 4 KiB from the start.
read_metadata() {
	size=$(cat "/sys/block/$(dm_name live-root)/queue/logical_block_size")
	# Through a loop device it is read ahead anyway.
	[ "$METADATA_SECTORS" -gt "$SWEPT" ] && [ -z "$BUFFER" ] && [ "$size" = 4096 ] && ! boot_is_recorded || return 0
	exec 6</dev/mapper/live-root
	dd bs=64k count=$((METADATA_SECTORS / 128 + 1)) <&6 >/dev/null 2>&1 || true
}

# The file system has room on paper, the store has less: the difference is reserved, so that df tells
# the truth and a full disc is "No space left on device" before the store overflows. The guard keeps it
# true from here on, and needs to know how much was free at first.
reserve_what_does_not_fit() {
	# What a lasting store holds counts as written since, but for places of deleted files.
	filled_blocks
	take_reusable
	filled=$((filled - REUSABLE_KIB / 4))
	free=$(stat -f -c %f /root)
	FREE_BLOCKS=$((free + filled))
	reserved=/sys/fs/ext4/$(dm_name live-root)/reserved_clusters
	# Only ext4.ko has it.
	[ -w "$reserved" ] || return 0
	# In blocks of 4 KiB, without the brake and a sixteenth for changes to what is on the disc already.
	room=$(((STORE_KIB - BRAKE_KIB - STORE_KIB / 16) / 4 - filled))
	[ "$room" -ge 0 ] || room=0
	[ "$free" -le "$room" ] || echo $((free - room)) >"$reserved"
	keep_files_together
}

# Sets REUSABLE_KIB: what the last guard knew of deleted files in a lasting store. It counts once: after a
# power cut nobody knows.
take_reusable() {
	REUSABLE_KIB=
	known=/root/var/lib/live-reusable
	[ "$PERSISTENT" = no ] || [ -L "$known" ] || [ ! -f "$known" ] || {
		read -r REUSABLE_KIB <"$known"
		: >"$known"
	}
	case $REUSABLE_KIB in
	'' | 0?* | *[!0-9]* | ??????????*) REUSABLE_KIB=0 ;;
	esac
	[ "$REUSABLE_KIB" -le $((filled * 4)) ] || REUSABLE_KIB=0
}

# Sets filled: what the store holds, in blocks of 4 KiB. The snapshot tells "USED/ALL" in sectors.
filled_blocks() {
	filled=$(dmsetup status live-root | cut -d ' ' -f 4)
	filled=$((${filled%/*} / 8))
}

# The allocator goes on where the last large file ended: over and over new blocks, each of which takes
# a new place in the store, while those of deleted files would cost nothing. Treated as small ones, files
# are put near their folder, into what was freed there; in pieces of 32 blocks, since the allocator goes
# on where its last piece ended, too.
keep_files_together() {
	allocator=/sys/fs/ext4/$(dm_name live-root)
	[ -w "$allocator/mb_stream_req" ] && [ -w "$allocator/mb_group_prealloc" ] || return 0
	echo 2147483647 >"$allocator/mb_stream_req"
	echo 32 >"$allocator/mb_group_prealloc"
}
