# The store's shape, for the init that makes it and the guard that changes it. Only builtins, and
# results in variables: the guard may start no process while nothing happens. Sizes are KiB,
# multiples of 4. # shellcheck shell=sh
#
#   live-store  | zram1        | zram3     | sdb          | brake |
#               +--------------+-----------+--------------+-------+
#                the devices in their order, as much of them as the store's size takes
#
# The snapshot takes the store from the front to the back. Whoever writes faster than the guard looks
# comes to the brake, the last part: there dm-delay holds each write back, and the guard has the time
# to add memory or to make / read-only.

# set_limits STORE_KIB: what follows from the store's size at the start.
set_limits() {
	# So much written data may wait in memory (vm.dirty_bytes): all of it goes on to the store, even
	# when / has become read-only.
	DIRTY_KIB=$(($1 / 32 - $1 / 32 % 4))
	[ "$DIRTY_KIB" -le 8192 ] || DIRTY_KIB=8192
	[ "$DIRTY_KIB" -ge 64 ] || DIRTY_KIB=64
	# A megabyte of chunks needs two writes of the snapshot's own, one after the other: with this delay
	# no more than DIRTY_KIB gets into the brake in the second and a half in which the guard looks once.
	BRAKE_MS=$((768000 / DIRTY_KIB + 1))
	[ "$BRAKE_MS" -le 2000 ] || BRAKE_MS=2000
	# What the brake lets through before the guard acts; what waits in memory then; as much again that is
	# written while that is brought out; and again until the last writer has seen that / is read-only.
	before=$DIRTY_KIB
	[ "$before" -ge 384 ] || before=384
	BRAKE_KIB=$((before + 3 * DIRTY_KIB))
	[ "$BRAKE_KIB" -le $(($1 / 2)) ] || BRAKE_KIB=$(($1 / 2 - $1 / 2 % 4))
}

# store_table STORE_KIB DEVICE:KIB...: prints the dm table of live-store. Without BRAKE_MS there is no
# brake. The delay is for writes only; flushes come with every commit, anywhere in the store.
store_table() {
	left=$1
	shift
	position=0
	end=$left
	for device; do
		size=${device##*:}
		[ "$size" -le "$left" ] || size=$left
		[ "$size" -gt 0 ] || break
		brake_from=$((end - BRAKE_KIB - position))
		[ "${BRAKE_MS:-0}" -gt 0 ] && [ "$brake_from" -lt "$size" ] || brake_from=$size
		[ "$brake_from" -ge 0 ] || brake_from=0
		device=/dev/${device%%:*}
		[ "$brake_from" -eq 0 ] ||
			echo "$((position * 2)) $((brake_from * 2)) linear $device 0"
		[ "$brake_from" -eq "$size" ] ||
			echo "$(((position + brake_from) * 2)) $(((size - brake_from) * 2)) delay" \
				"$device $((brake_from * 2)) 0 $device $((brake_from * 2)) $BRAKE_MS $device $((brake_from * 2)) 0"
		position=$((position + size))
		left=$((left - size))
	done
}

# total_of DEVICE:KIB...: sets total.
total_of() {
	total=0
	for device; do
		total=$((total + ${device##*:}))
	done
}
