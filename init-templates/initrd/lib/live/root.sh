# The root: origin, COW store, snapshot, mount.
#
#   disc --> live-origin (read-only: image, templates, zeros) --> live-root (snapshot) --> /
#                                             COW store in RAM --^
# shellcheck shell=sh

# IMAGE: the device that has the root image; IMAGE_START: the 512-byte sector at which it begins.
find_image() {
	debug_stop find_image
	blockdev --setro "$DISC"
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
	templates=
	if [ "$TEMPLATE_SECTORS" -gt 0 ]; then
		templates=$(copy_templates "$IMAGE" "$IMAGE_START")
	fi
	origin_table "$IMAGE" "$IMAGE_START" "$templates" </etc/origin.table |
		map_device live-origin --readonly ||
		give_up "the root image on $IMAGE could not be mapped."
	say "the root image is mapped from $IMAGE ($ORIGIN)"
}

# The few template blocks are asked for at every mount and write: they live in memory.
copy_templates() {
	device=$(zram_device $((TEMPLATE_SECTORS / 2)) 2>/dev/null) || {
		# Without zram, a file in the initrd's own memory behind a loop device.
		dd if="$1" of=/run/live/templates bs=4096 skip=$((($2 + IMAGE_SECTORS) / 8)) \
			count=$((TEMPLATE_SECTORS / 8)) 2>/dev/null
		loop_device /run/live/templates
		return
	}
	dd if="$1" of="$device" bs=4096 skip=$((($2 + IMAGE_SECTORS) / 8)) \
		count=$((TEMPLATE_SECTORS / 8)) 2>/dev/null
	echo "$device"
}

# STORE: the device that takes the changes.
make_store() {
	debug_stop make_store
	size=$(store_kib)
	case $COW in
	zram) STORE=$(zram_device "$size") || {
		warn "this kernel has no zram: changes are kept in RAM uncompressed"
		COW=ram
		STORE=$(ram_device "$size")
	} ;;
	ram) STORE=$(ram_device "$size") ;;
	*)
		warn "live.cow=$COW is not known (zram, ram); using zram"
		COW=zram
		STORE=$(zram_device "$size")
		;;
	esac
	[ -b "$STORE" ] || give_up "no memory device for changes could be made ($COW, $size KiB)."
	# A brd that is built in has the size the kernel was given, whatever was asked for.
	STORE_KIB=$(($(sectors_of "$STORE") / 2))
	[ "$STORE_KIB" -ge "$size" ] ||
		warn "the store has $((STORE_KIB / 1024)) MiB only: add brd.rd_size=$size to the kernel's parameters"
}

# The store must fit free memory even when nothing in it compresses: half of what is free now.
store_kib() {
	if [ "$COW_SIZE" != auto ]; then
		kib=$(size_kib "$COW_SIZE") && [ "$kib" -ge "$LEAST_STORE_KIB" ] && echo "$kib" && return
		warn "live.cow_size=$COW_SIZE is not a size of 64K or more (64M, 1G, 25%)"
	fi
	available=$(memory_kib MemAvailable)
	# Kernels before 3.14 do not estimate it.
	[ -n "$available" ] || available=$(memory_kib MemFree)
	half=$((available / 2 / 1024 * 1024))
	[ "$half" -gt 0 ] || half=1024
	echo "$half"
}
LEAST_STORE_KIB=64

make_snapshot() {
	debug_stop make_snapshot
	load_module dm-snapshot
	if ! snapshot_table "$COW_TYPE" | map_device live-root; then
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
}

# 8 sectors: one ext2 block a chunk, so that no write copies more than it changes.
snapshot_table() {
	echo "0 $FS_SECTORS snapshot /dev/mapper/live-origin $STORE $1 8"
}

# An accepted write must have its place in the store at once: mounted as ext2 there is no delayed
# allocation, neither in ext2.ko nor in ext4.ko (fs/ext4/super.c); mounted as ext4 it is switched off.
# no_prefetch_block_bitmaps: a mount reads no bitmaps that it does not need (ext4.ko from 5.8).
mount_root() {
	debug_stop mount_root
	load_modules ext4 ext2
	# A kernel that has an ext2.ko, too, lets its ext4.ko mount ext2 as ext4 only.
	while read -r type options; do
		mount -t "$type" -o "$options" /dev/mapper/live-root /root 2>/dev/null || continue
		reserve_what_does_not_fit
		return
	done <<-END
		ext2 noatime,no_prefetch_block_bitmaps
		ext2 noatime
		ext4 noatime,nodelalloc,no_prefetch_block_bitmaps
		ext4 noatime,nodelalloc
	END
	give_up "the root file system could not be mounted."
}

# The file system has room on paper, the store has less: the difference is reserved, so that df tells
# the truth and a full disc is "No space left on device" before the store overflows. A tenth of the
# store is kept for changes to what is on the disc already.
reserve_what_does_not_fit() {
	reserved=/sys/fs/ext4/$(dm_name live-root)/reserved_clusters
	# Only ext4.ko has it.
	[ -w "$reserved" ] || return 0
	free=$(stat -f -c %f /root)
	# In blocks of 4 KiB, nine tenths of them.
	room=$((STORE_KIB * 9 / 40))
	[ "$free" -le "$room" ] || echo $((free - room)) >"$reserved"
}
