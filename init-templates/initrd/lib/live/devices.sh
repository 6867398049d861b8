# Block devices in memory and through device-mapper. # shellcheck shell=sh

# Creates a device of SIZE KiB in compressed memory and prints its name.
zram_device() {
	# The module of an algorithm has its name; the kernel cannot find it among our archives.
	load_modules zram ${ZRAM_ALGO:+"$ZRAM_ALGO"}
	zram=$(unused_zram) || return 1
	if [ -n "$ZRAM_ALGO" ]; then
		# Told once: callers are subshells, so the log has to remember.
		{ echo "$ZRAM_ALGO" >"/sys/block/$zram/comp_algorithm"; } 2>/dev/null ||
			grep -qsF "live.zram_algo=$ZRAM_ALGO;" /run/live/log ||
			warn "the kernel does not know live.zram_algo=$ZRAM_ALGO; it takes its own default"
	fi
	echo "${1}K" >"/sys/block/$zram/disksize" || return 1
	echo "/dev/$zram"
}

unused_zram() {
	for entry in /sys/block/zram*; do
		read -r size <"$entry/disksize" && [ "$size" = 0 ] && echo "${entry##*/}" && return
	done 2>/dev/null
	number=$(cat /sys/class/zram-control/hot_add 2>/dev/null) && echo "zram$number"
}

# Creates a device of SIZE KiB in plain memory and prints its name. brd takes its pages when they
# are first written. Its size is a module parameter, so there is one per boot.
ram_device() {
	load_module brd rd_nr=1 rd_size="$1" max_part=0
	[ -b /dev/ram0 ] || return 1
	echo /dev/ram0
}

# loop_device FILE [OPTION...]: a read-only loop device of a file, with options of losetup; prints its name.
loop_device() {
	load_module loop
	file=$1
	shift
	loop=$(losetup -f) && losetup -r "$@" "$loop" "$file" && echo "$loop"
}

# Size of a device in 512-byte sectors, without opening it.
sectors_of() {
	read -r sectors <"/sys/class/block/${1#/dev/}/size"
	echo "$sectors"
}

# Creates /dev/mapper/NAME from the table on standard input. Further arguments go to dmsetup.
map_device() {
	name=$1
	shift
	dmsetup create "$name" --noudevsync --verifyudev "$@"
}

# Removes /dev/mapper/NAME. Who has just closed it may hold it for a moment.
unmap_device() {
	dmsetup remove --retry --noudevsync --verifyudev "$1"
}

# The kernel's name (dm-0) of a mapped device.
dm_name() {
	for entry in /sys/block/dm-*; do
		read -r name <"$entry/dm/name" && [ "$name" = "$1" ] && echo "${entry##*/}" && return
	done
}
