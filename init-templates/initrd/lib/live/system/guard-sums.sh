# The guard's arithmetic: from what it has seen to what it should do. Only builtins; figures are KiB.
# shellcheck shell=sh
#
# In:  used (of the store), stored (RAM it takes), in_memory (its part that takes RAM at all), dirty (waits in
#      memory to be written), available and swapped (memory), to_come (memory that the end of the boot gives
#      back), free_now (of the file system, 4 KiB), and what /run/live/state says.

# within NUMBER LEAST MOST: sets number.
within() {
	number=$1
	[ "$number" -le "$3" ] || number=$3
	[ "$number" -ge "$2" ] || number=$2
}

set_memory_limits() {
	# Memory that the store leaves to the system, first of all for programs that were read from the disc.
	within $((MEMORY_KIB / 8)) 4096 65536
	KEEP_KIB=$number
	# With less than this a store that still takes memory is stopped: stored data may be overwritten with
	# data that compresses worse. Any later, programs are read from the disc over and over.
	LEAST_FREE_KIB=$((KEEP_KIB * 3 / 4))
	# The store is not cut below this: on small machines memory is always short, and swap makes up for it.
	within 8192 $((STORE_KIB / 2)) "$STORE_KIB"
	LEAST_STORE_KIB=$number
}

# plan_memory KIB: when so much disk comes behind the memory of the store, which takes its places in order. Sets
# kept_kib: what it keeps of its memory. That is no more than there is, or / would be made read-only before the
# disk is reached; but most of what was added must be room, which the brake and the band are taken from.
plan_memory() {
	within $((available - KEEP_KIB * 2 / 3)) $((4 * DIRTY_KIB)) "$STORE_KIB"
	kept_kib=$(((used + number) / 256 * 256))
	within "$in_memory" 0 "$STORE_KIB"
	least=$((number - $1 / 3 / 256 * 256))
	[ "$kept_kib" -ge "$least" ] || kept_kib=$least
}

# keep_memory DEVICE:KIB...: sets devices, with kept_kib of memory at most, each as long as the store has it now.
keep_memory() {
	devices=
	rest=$STORE_KIB
	for device; do
		size=${device##*:}
		[ "$size" -le "$rest" ] || size=$rest
		rest=$((rest - size))
		case $device in
		zram* | ram*)
			[ "$size" -le "$kept_kib" ] || size=$kept_kib
			kept_kib=$((kept_kib - size))
			;;
		esac
		[ "$size" -eq 0 ] || devices="$devices ${device%%:*}:$size"
	done
}

# Once there is room on a disk, / must stay writable with the memory there is: what the store has taken of it
# does not come back, and what it still keeps it may take.
lower_memory_limit() {
	within $(((available - in_memory + used) * 3 / 4)) $((KEEP_KIB / 3)) "$LEAST_FREE_KIB"
	LEAST_FREE_KIB=$number
}

# Sets reusable: places in the store that belong to deleted files. New files take them again, so they
# count as free. What was deleted may also have been on the disc, which frees no place: no more can be
# reusable than the store has beyond the blocks that were allocated since the start.
count_reusable() {
	taken=$((used - used / 257 + dirty))
	allocated=$(((FREE_BLOCKS - free_now) * 4))
	more=$((allocated - ${last_allocated:-$allocated}))
	new=$((taken - ${last_taken:-$taken}))
	[ "$new" -ge 0 ] || new=0
	if [ "$more" -lt 0 ]; then
		reusable=$((reusable - more))
	elif [ "$more" -gt "$new" ]; then
		reusable=$((reusable + new - more))
	fi
	within "$reusable" 0 "$taken"
	[ "$number" -le $((taken - allocated)) ] || number=$((taken - allocated))
	[ "$number" -ge 0 ] || number=0
	reusable=$number
	last_allocated=$allocated
	last_taken=$taken
}

# Sets spare: memory that the store may still take; and promised, the part of it that it may take in any case. What
# lies in swap has been pushed out by the store and wants to come back, at about half its size more.
find_spare() {
	spare=$((available + to_come - KEEP_KIB - swapped / 2))
	promised=$((LEAST_STORE_KIB - used - dirty))
	[ "$spare" -ge "$promised" ] || spare=$promised
	[ "$spare" -ge 0 ] || spare=0
}

# Memory that is to come makes the store larger, but nothing is written for it before it is there: room that ends a
# moment too early is had again, a / that is read-only is not.
limit_to_what_is_there() {
	[ "$to_come" -gt 0 ] || return 0
	within "$promised" 0 "$spare"
	within $((available - LEAST_FREE_KIB)) "$number" "$spare"
	spare=$number
}

# Sets size: what the store should have. Its unfilled part must fit free memory even if nothing in it
# compresses.
plan_size() {
	size=$STORE_KIB
	[ -z "$STORE_FIXED" ] || return 0
	find_spare
	wanted=$(((used + dirty + spare) / 256 * 256))
	set_band
	unfilled=$((STORE_KIB - BRAKE_KIB - BAND_KIB - used - dirty))
	if [ "$MEMORY_KIB" -lt "$SMALL_KIB" ]; then
		# What the first change of size takes is worth it only when room runs out.
		[ "$unfilled" -gt $((STORE_KIB / 4)) ] || [ "$wanted" -lt $((STORE_KIB + 4096)) ] || size=$wanted
		return 0
	fi
	# Not for every small change; but when it is nearly full, every bit counts.
	step=$((STORE_KIB / 16))
	[ "$unfilled" -ge "$step" ] || step=1024
	if [ "$wanted" -ge $((STORE_KIB + step)) ]; then
		size=$wanted
	elif [ "$wanted" -le $((STORE_KIB - STORE_KIB / 8 - 1024)) ]; then
		# Never so far that / would become read-only for it.
		least=$(((used + dirty + BRAKE_KIB + BAND_KIB + 255) / 256 * 256))
		[ "$wanted" -ge "$least" ] || wanted=$least
		[ "$wanted" -ge "$STORE_KIB" ] || size=$wanted
	fi
}

# With less memory than this (machines under 88 MiB: the kernel has its part) dmsetup stays packed as long
# as it can.
SMALL_KIB=73728

# For changes to what is on the disc already, which no file system counts, between two looks.
set_band() {
	BAND_KIB=$((DIRTY_KIB + STORE_KIB / 32))
}

# Sets left (what can be written), certain (the part of it that can be written wherever the file system puts
# it), percent, and reserved (blocks that nobody may allocate).
plan_reserve() {
	set_band
	new=$((STORE_KIB - BRAKE_KIB - BAND_KIB - used - dirty))
	left=$((new + reusable))
	# Where a block goes is up to the file system's allocator: into the block group of its file's inode, if
	# there is room. Many small files get inodes, and so places, that a large file before them has never had.
	# More often it takes what was freed; it is trusted to take new places for no more than every eighth block.
	fresh=$((STORE_KIB - BRAKE_KIB - DIRTY_KIB - used - dirty))
	[ "$left" -le $((fresh * 8)) ] || left=$((fresh * 8))
	# What is written over places of deleted files gets their memory, which is less if they compressed.
	find_spare
	limit_to_what_is_there
	room=$((spare + reusable * stored / (used + 1)))
	[ -z "$ON_DISK" ] || room=$((room + fresh))
	[ "$left" -le "$room" ] || [ "$PERSISTENT" = yes ] || left=$room
	[ "$left" -ge 0 ] || left=0
	within "$new" 0 "$left"
	certain=$number
	changes=$((used + dirty - reusable))
	percent=$((changes * 100 / (changes + left + 1)))
	[ "$left" -gt 0 ] || percent=100
	reserved=$((free_now - left / 4))
	[ "$reserved" -ge 0 ] || reserved=0
}

# Whether the memory of the sweep is wanted now: the system writes more than it does to start, or the room there is
# without that memory ends.
is_sweep_in_the_way() {
	[ "$to_come" -gt 0 ] && { [ "$stored" -ge $((MEMORY_KIB / 16)) ] || [ "$percent" -ge 75 ]; }
}

# Whether / must become read-only now: the store's end is near, which has not grown, or that of memory. Short
# memory is nothing that the store has to fear where it has taken all that it ever can: random data, and then
# room on a disk. With that, it may take up to half of what there is.
is_store_full() {
	[ $((used + dirty)) -ge $((STORE_KIB - BRAKE_KIB)) ]
}

is_memory_full() {
	share=4
	[ -z "$ON_DISK" ] || share=2
	[ "$available" -lt "$LEAST_FREE_KIB" ] && [ "$stored" -gt "$last_stored" ] &&
		[ "$stored" -ge $((MEMORY_KIB / 8)) ] && [ $((in_memory - stored)) -gt $((available / share)) ]
}

# Sets pause, in seconds, until the next look: a quarter of the time in which what is left could be
# filled at the speed seen, or at one that suits the machine's size. Memory, unlike the store, has no
# brake but that the kernel must find it for each write: where stored data could outgrow it, half of all
# memory is reckoned to be filled in a second.
plan_pause() {
	headroom=$((STORE_KIB - BRAKE_KIB - DIRTY_KIB - used))
	memory_left=$((available - LEAST_FREE_KIB))
	speed=$((MEMORY_KIB / 16))
	# What it is promised anyway is not watched for.
	if [ "$STORE_KIB" -gt "$LEAST_STORE_KIB" ] && [ $((STORE_KIB - stored)) -gt "$memory_left" ]; then
		speed=$((MEMORY_KIB / 2))
		[ "$headroom" -le "$memory_left" ] || headroom=$memory_left
	fi
	[ "$headroom" -ge 0 ] || headroom=0
	[ "$filling" -le "$speed" ] || speed=$filling
	within $((headroom * 250 / speed)) 100 2000
	milliseconds=$((number % 1000 + 1000))
	pause=$((number / 1000)).${milliseconds#1}
}
