# Lets the kernel try reads again before a program hears of an error. Its RAID 1 does that: a read-only
# array asks the next member when one cannot read, and gives no member up. Here every member is the
# drive itself. Put in place when the first read has failed: until then it would only cost memory.
# For the guard. # shellcheck shell=sh
#
#   live-origin or live-packed, live-medium --> md_live (RAID 1, read-only) --> live-try0, live-try1, live-try2 --> drive

READ_TRIES=3

# The drivers come from the disc, like everything that is rarely needed.
load_read_retries() {
	find_retried && modprobe -q -a md-mod raid1
}

# Sets below: what lies on the drive's own sectors. With live.origin=loop a file system lies between, which
# holds the drive: there it is not done. On a compressed disc that lies on live-packed.
find_retried() {
	below=live-origin
	[ ! -e /dev/mapper/live-packed ] || below=live-packed
	[ "$ORIGIN" = direct ] || [ $below = live-packed ]
}

start_read_retries() {
	find_retried || return 1
	[ -e /sys/block/md_live ] || echo md_live >/sys/module/md_mod/parameters/new_array || return 1
	read -r number <"/sys/block/$DRIVE/dev"
	assemble_tries "$number" || return 1
	read -r tries </sys/block/md_live/dev
	for name in $below live-medium; do
		resident sbin/dmsetup table "$name" | resident bin/busybox sed "s/ linear $number / linear $tries /" |
			change_table "$name" --readonly || return 1
	done
}

# assemble_tries MAJOR:MINOR of the drive
assemble_tries() {
	array=/sys/block/md_live/md
	read -r sectors <"/sys/block/$DRIVE/size"
	# As the init maps the medium: whole 4 KiB only.
	sectors=$((sectors / 8 * 8))
	echo raid1 >$array/level
	echo $READ_TRIES >$array/raid_disks
	echo $((sectors / 2)) >$array/component_size
	member=0
	while [ $member -lt $READ_TRIES ]; do
		echo "0 $sectors linear $1 0" |
			resident sbin/dmsetup create live-try$member --readonly --noudevsync --verifyudev
		node=dm-$(resident sbin/dmsetup info --columns --noheadings -o minor live-try$member)
		read -r member_number <"/sys/block/$node/dev"
		echo "$member_number" >$array/new_dev
		echo $member >"$array/dev-$node/slot"
		member=$((member + 1))
	done
	# Nothing is to be made equal.
	echo none >$array/resync_start
	echo readonly >$array/array_state
}
