# The store: where changes go. live-store is a dm linear over one device at first, so that the guard
# (system/guard) can add more while the system runs. # shellcheck shell=sh

# shellcheck source=lib/live/system/store-table.sh
. /lib/live/system/store-table.sh

# STORE: the device that takes the changes; STORE_DEVICES: what it is made of, each DEVICE:KIB.
make_store() {
	debug_stop make_store
	memory=zram
	# Not again after a store that was found has been left.
	if [ -z "${live_cow:-}${STORE_DRIVE:-}" ] && wants_store_behind_disc; then
		memory=$COW
		COW=$STORE_DEVICE
	fi
	case $COW in
	zram | ram) ;;
	auto | /dev/* | UUID=* | LABEL=* | PARTUUID=*) make_lasting_store || COW=$memory ;;
	*)
		warn "live.cow=$COW is not known (zram, ram, auto, DEVICE, DEVICE:/path); using zram"
		COW=zram
		;;
	esac
	[ "$PERSISTENT" = yes ] || make_memory_store
	set_limits "$STORE_KIB"
	map_store || give_up "the store's devices could not be mapped ($STORE_DEVICES)."
	STORE=/dev/mapper/live-store
	limit_dirty_memory
}

# Where nobody has said where changes go, a stick that has a store keeps them (snapdisc flash --persist).
# A stick that is to be pulled out cannot.
wants_store_behind_disc() {
	[ "${live_toram:-no}" = no ] && STORE_DEVICE=$(store_behind_disc)
}

make_memory_store() {
	store_size
	"make_${COW}_store" || give_up "no memory device for changes could be made ($COW, $STORE_KIB KiB)."
}

make_zram_store() {
	device=$(zram_device "$STORE_KIB") || {
		warn "this kernel has no zram: changes are kept in RAM uncompressed"
		COW=ram
		make_ram_store
		return
	}
	STORE_DEVICES=${device#/dev/}:$STORE_KIB
}

make_ram_store() {
	device=$(ram_device "$STORE_KIB") || return 1
	asked=$STORE_KIB
	# A brd that is built in has the size the kernel was given, whatever was asked for.
	STORE_KIB=$(($(sectors_of "$device") / 2))
	[ "$STORE_KIB" -ge "$asked" ] ||
		warn "the store has $((STORE_KIB / 1024)) MiB only: add brd.rd_size=$asked to the kernel's parameters"
	STORE_DEVICES=${device#/dev/}:$STORE_KIB
}

# With the brake, or without where this kernel has no dm-delay.
map_store() {
	store_table "$STORE_KIB" "$STORE_DEVICES" | map_device live-store 2>/dev/null && return
	BRAKE_MS=0
	store_table "$STORE_KIB" "$STORE_DEVICES" | map_device live-store
}

# Accepted writes that wait in memory need their place in the store, too: the fewer, the closer to its
# end the store can be filled. It also keeps data from lying in memory twice.
limit_dirty_memory() {
	echo $((DIRTY_KIB * 512)) >/proc/sys/vm/dirty_background_bytes
	echo $((DIRTY_KIB * 1024)) >/proc/sys/vm/dirty_bytes
}

# Sets STORE_KIB, and STORE_FIXED when the user has chosen it. The store must fit free memory even when
# nothing in it compresses: half of what is free now and
# not meant for the root image, since the system has yet to start.
store_size() {
	STORE_FIXED=
	if [ "$COW_SIZE" != auto ]; then
		if ! STORE_KIB=$(size_kib "$COW_SIZE") || [ "$STORE_KIB" -lt "$LEAST_STORE_KIB" ]; then
			warn "live.cow_size=$COW_SIZE is not a size of 1M or more (64M, 1G, 25%)"
		elif [ "$STORE_KIB" -gt $((MEMORY_KIB * MOST_STORE_TIMES)) ]; then
			warn "live.cow_size=$COW_SIZE is more than $MOST_STORE_TIMES times the memory"
		else
			STORE_KIB=$((STORE_KIB / 4 * 4))
			STORE_FIXED=yes
			return
		fi
	fi
	available=$(memory_kib MemAvailable)
	# Kernels before 3.14 do not estimate it.
	[ -n "$available" ] || available=$(memory_kib MemFree)
	STORE_KIB=$(((available - RAM_PROMISED_KIB) / 2 / 1024 * 1024))
	[ "$STORE_KIB" -ge "$LEAST_STORE_KIB" ] || STORE_KIB=$LEAST_STORE_KIB
}
LEAST_STORE_KIB=1024
# Nothing compresses so well, and the tables of a larger store would take the memory it is made of.
MOST_STORE_TIMES=8
