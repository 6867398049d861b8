# What the guard does when something has changed. # shellcheck shell=sh

# What cannot wait comes first, and as far as possible without a process.
act() {
	acted_on=$available acted_at=$seen
	read_root
	read_sweep
	if is_sweep_in_the_way; then ask_for_sweep; fi
	if [ -z "$readonly" ] && is_memory_full; then stop_writing; fi
	read_memory
	plan_size
	if [ "$size" != "$STORE_KIB" ] || [ -n "$table_unsure" ]; then
		resize_store "$size" "$STORE_DEVICES"
		table_unsure=
	fi
	if [ -z "$readonly" ] && is_store_full; then stop_writing; fi
	# Free blocks before used places: what is allocated in between counts against the store only.
	free_now=$(resident bin/busybox stat -f -c %f /)
	read_memory
	read_store
	count_reusable
	plan_reserve
	[ ! -w "/sys/fs/ext4/$ROOT_DM/reserved_clusters" ] ||
		echo "$reserved" >"/sys/fs/ext4/$ROOT_DM/reserved_clusters"
	tell
}

# Sets to_come: what the hot sweep has in memory, until the boot is over. Not while the disc is out: until it is back, nothing
# is given back.
read_sweep() {
	before=$to_come
	to_come=0
	if [ -n "$SWEPT_ZRAM" ] && [ -z "$disc_out" ] && find_ender; then
		read -r _ _ memory _ <"/sys/block/$SWEPT_ZRAM/mm_stat" && to_come=$((memory / 1024))
	fi
	# It is free memory by now, which was looked at before.
	[ "$to_come" -ge "$before" ] || read_available
} 2>/dev/null

# Hundredths of a second, as those of $seen.
SWEEP_PATIENCE=6000

# Sets ender, the process that gives it back: what its file says, if that is still it.
find_ender() {
	line=
	read -r ender </run/live/end-of-boot.pid || return
	# The words of a command line end with a NUL; so there is no end of a line.
	read -r line <"/proc/$ender/cmdline"
	case $line in
	*end-of-boot) ;;
	*) return 1 ;;
	esac
} 2>/dev/null

# At each look, for a minute: a drive or a disc that does not answer by then is not waited for, and what it would have
# brought back is no room.
ask_for_sweep() {
	[ -n "$sweep_asked" ] || sweep_asked=$seen
	if [ $((seen - sweep_asked)) -lt "$SWEEP_PATIENCE" ]; then
		kill -USR1 "$ender"
	else
		SWEPT_ZRAM=
		to_come=0
	fi
} 2>/dev/null

# The snapshot's own figures: "0 SECTORS snapshot USED/ALL METADATA". Not more often than it matters.
ask_snapshot() {
	if [ "$written" != "$asked_at" ]; then
		asked_at=$written
		status=$(resident sbin/dmsetup status live-root)
		asked=${status#* snapshot }
		asked=${asked%%/*}
		case $asked in
		*[!0-9]* | '') asked=$((STORE_KIB * 2)) ;;
		esac
	fi
	used=$((asked / 2))
	[ "$COW" != ram ] || stored=$used
}

# resize_store KIB DEVICES: takes another zram or brd when these devices do not suffice.
resize_store() {
	devices=$2
	# shellcheck disable=SC2086 # one word a device
	total_of $devices
	if [ "$1" -gt "$total" ]; then
		# Few large ones: each costs memory for itself.
		more=$(($1 - total))
		[ "$more" -ge $((total / 2)) ] || more=$((total / 2 / 4 * 4))
		add_memory_device "$more" || return
		# It is there, whether the table can be changed or not; the table takes what STORE_KIB says.
		[ "$2" != "$STORE_DEVICES" ] || STORE_DEVICES=$devices
	fi
	# shellcheck disable=SC2086
	total_of $devices
	[ "$1" -lt "$total" ] || set -- "$total"
	# shellcheck disable=SC2086
	store_table "$1" $devices | change_table live-store || return
	STORE_KIB=$1
	STORE_DEVICES=$devices
}

# add_memory_device KIB: one more in devices.
add_memory_device() {
	case $COW in
	zram)
		read -r number </sys/class/zram-control/hot_add || return
		[ -z "$ZRAM_ALGO" ] || echo "$ZRAM_ALGO" >"/sys/block/zram$number/comp_algorithm"
		echo "$1K" >"/sys/block/zram$number/disksize" || {
			echo "$number" >/sys/class/zram-control/hot_remove
			return 1
		}
		devices="$devices zram$number:$1"
		;;
	ram)
		# brd makes its devices when they are opened first, each as large as the first.
		number=0
		while [ -e "/sys/block/ram$number" ]; do number=$((number + 1)); done
		[ -b "/dev/ram$number" ] || resident bin/busybox mknod "/dev/ram$number" b 1 "$number"
		true <"/dev/ram$number" && [ -e "/sys/block/ram$number" ] || return
		read -r sectors <"/sys/block/ram$number/size"
		devices="$devices ram$number:$((sectors / 2))"
		;;
	*) return 1 ;;
	esac 2>/dev/null
}

# Sets readonly when / is.
read_root() {
	while read -r device folder _ options _; do
		[ "$device $folder" = "/dev/mapper/live-root /" ] || continue
		readonly=
		case $options in ro | ro,*) readonly=yes ;; esac
		return
	done </proc/mounts
}

# The second line of defence. The kernel's emergency remount needs no file to be closed; it meets all
# file systems, so the others become writable again at once.
stop_writing() {
	case "$STORE_DEVICES $COW" in
	*loop* | *:/*)
		# A file in the store is on another file system, which must stay writable for / to be brought out.
		cannot_stop "a part of the store is a file"
		return
		;;
	esac
	others=$(writable_disks)
	echo u >/proc/sysrq-trigger
	tries=0
	until [ -n "$readonly" ] || [ "$tries" -ge 100 ]; do
		take_request 0.2
		case $request in
		'add '* | reboot | poweroff) postponed=$request ;;
		esac
		tries=$((tries + 1))
		read_root
	done
	make_writable "$others"
	if [ -z "$readonly" ]; then
		cannot_stop "the kernel did not do it in 20 seconds"
		return
	fi
	advice="Add room with 'live-cow add DEVICE', or restart; 'live-status' tells more."
	[ "$PERSISTENT" = no ] || advice='From the next start on changes are kept in RAM only.'
	announce "no room for changes: / is read-only now. What was written is kept." "$advice"
}

# cannot_stop WHY: told once.
cannot_stop() {
	[ -z "$unstoppable" ] || return 0
	unstoppable=yes
	announce "there is no room for changes, and / cannot be made read-only: $1. Restart soon."
}

# Lines "DEVICE FOLDER OPTIONS" of file systems on disks.
writable_disks() {
	while read -r device folder _ options _; do
		case $device,$options in
		/dev/mapper/live-root,*) ;;
		/dev/*,rw | /dev/*,rw,*) echo "$device $folder $options" ;;
		esac
	done </proc/mounts
}

make_writable() {
	while read -r device folder options; do
		# The kernel writes a space in a folder's name as \040.
		[ -z "$device" ] ||
			resident bin/busybox mount -o "remount,$options" "$device" "$(printf '%b' "$folder")"
	done <<-END
		$1
	END
}

# On every console that the kernel knows, and in its log.
announce() {
	echo "<1>live: $*" >/dev/kmsg
}

# Warns once at each mark, again when it has been well below; tells live-status everything.
tell() {
	mark=0
	[ "$percent" -lt 75 ] || mark=75
	[ "$percent" -lt 90 ] || mark=90
	# Room is on its way.
	[ "$to_come" -eq 0 ] || mark=0
	if [ "$mark" -gt "$told" ] && [ -z "$readonly" ]; then
		advice="Delete files, or add room with 'live-cow add DEVICE'."
		[ "$PERSISTENT" = no ] || advice='Delete files.'
		announce "the room for changes is $percent % full, $((left / 1024)) MiB are left." "$advice"
		told=$mark
	fi
	[ "$percent" -ge $((told - 5)) ] || told=$mark
	echo "readonly=${readonly:-no} percent=$percent changes_kib=$changes left_kib=$left" \
		"certain_kib=$certain size_kib=$STORE_KIB used_kib=$used stored_kib=$stored memory_left_kib=$available" \
		"cow=$COW" >/run/live/status
}

# Sets request to a line of the FIFO if one begins within $1 seconds. When its time is up, the shell's read
# forgets what it has of a line: on a busy machine that happens. So the time ends with the first character.
take_request() {
	request=
	# shellcheck disable=SC3045 # busybox has it
	IFS= read -r -n 1 -t "$1" request <&3
	[ -n "$request" ] || return 0
	# shellcheck disable=SC3045 # busybox has it
	read -r -t 10 remainder <&3
	request=$request$remainder
}

# A request of live-cow: "add DEVICE KIB". The answer is a file.
answer() {
	case $request in
	"add "*)
		# shellcheck disable=SC2086 # words
		set -- ${request#add }
		if is_offer "$@"; then add_device "$@"; else echo "failed" >/run/live/answer; fi
		;;
	reboot | poweroff) end_now "$request" ;;
	esac
}

# is_offer NAME KIB: whether it is a name and a number, no more. Whoever is root may write to the FIFO.
is_offer() {
	[ $# -eq 2 ] && [ ${#2} -le 12 ] || return 1
	case $2 in
	[!1-9]* | *[!0-9]*) return 1 ;;
	esac
}

# add_device NAME KIB: behind what is there. Memory of the store that nothing was written to may be left out:
# so that nobody writes there meanwhile, all of it is the brake until the table is changed.
add_device() {
	before=$STORE_KIB
	brake=$BRAKE_KIB
	read_available
	read_store
	BRAKE_KIB=$((before - used))
	is_braked=
	[ "${BRAKE_MS:-0}" -eq 0 ] || ! resize_store "$before" "$STORE_DEVICES" || is_braked=yes
	BRAKE_KIB=$brake
	asked_at=none
	ask_snapshot
	plan_memory "$2"
	[ -n "$is_braked" ] || kept_kib=$before
	# shellcheck disable=SC2086 # one word a device
	keep_memory $STORE_DEVICES
	# shellcheck disable=SC2086
	total_of $devices "$1:$2"
	if resize_store "$total" "$devices $1:$2"; then
		STORE_FIXED=yes
		ON_DISK=yes
		read_store
		lower_memory_limit
		read_root
		[ -z "$readonly" ] ||
			resident bin/busybox mount -o remount,rw,noatime /dev/mapper/live-root / 2>/dev/null
		act
		echo "added $left" >/run/live/answer
	else
		resize_store "$before" "$STORE_DEVICES"
		echo "failed" >/run/live/answer
	fi
}
