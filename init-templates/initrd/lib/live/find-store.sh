# Which device holds the store that lasts. # shellcheck shell=sh

# Drives settle late. A device that was named is waited for as long as the disc is; for "auto", which may be
# built into discs that have no store, it is enough that no more drives turn up. Sets STORE_DEVICE, and
# STORE_DRIVE, which stays.
wait_for_store() {
	deadline=$(($(uptime_seconds) + WAIT))
	drives=
	until STORE_DEVICE=$(find_store); do
		now=$(uptime_seconds)
		PROBLEM="no device for live.cow=$COW was found in $WAIT seconds"
		[ "$now" -lt "$deadline" ] || return 1
		if [ "$COW" = auto ]; then
			PROBLEM="no drive has a store of this disc"
			may_drives_come || return 1
		fi
		sleep 0.5
		load_for_hardware
	done
	[ "$COW" != auto ] || COW=$STORE_DEVICE
	STORE_DRIVE=$STORE_DEVICE
}

# Whether something new has turned up in the last SETTLE_SECONDS before now (usb-storage waits for one, or
# five, before it looks at a drive), or a disk has not told its size yet, as long as it spins up.
may_drives_come() {
	seen=$drives
	drives=$(echo /sys/class/block/* /sys/bus/usb/devices/*)
	[ "$drives" = "$seen" ] || changed=$now
	[ $((now - changed)) -ge "$SETTLE_SECONDS" ] || return 0
	for entry in /sys/class/scsi_device/*/device; do
		read -r type <"$entry/type" && [ "$type" = 0 ] && [ ! -d "$entry/block" ] && return
	done 2>/dev/null
	return 1
}
SETTLE_SECONDS=8

find_store() {
	case $COW in
	auto) store_of_this_disc ;;
	*:/*) device_named "${COW%%:/*}" ;;
	*) device_named "$COW" ;;
	esac
}

# The first device with a store of this disc.
store_of_this_disc() {
	for entry in /sys/class/block/*; do
		device=/dev/${entry##*/}
		case ${entry##*/} in
		sr* | fd* | loop* | ram* | zram* | dm-*) continue ;;
		esac
		if [ "$device" = "$DISC" ] || [ ! -b "$device" ]; then continue; fi
		if has_our_store "$device"; then
			echo "$device"
			return
		fi
	done
	return 1
}

# The partition behind the disc, on the same stick, that has a store of it. No other drive is looked at and
# nothing waited for: whoever first opened the stick has waited for its partitions.
store_behind_disc() {
	name=${DISC#/dev/}
	for entry in "/sys/class/block/$name/$name"*; do
		if [ -e "$entry/partition" ] && has_our_store "/dev/${entry##*/}"; then
			echo "/dev/${entry##*/}"
			return
		fi
	done
	return 1
}

# has_our_store DEVICE|FILE; otherwise PROBLEM tells why not. Encrypted stores are known by their label.
has_our_store() {
	if is_encrypted "$1"; then
		PROBLEM="what is encrypted on $COW does not have the label of a store of this disc, live-$UUID"
		[ "$(encrypted_label "$1")" = "live-$UUID" ]
		return
	fi
	if ! read_header "$1"; then
		PROBLEM="$COW is not used: $PROBLEM"
		return 1
	fi
	PROBLEM="the store on $COW belongs to another disc ($HEADER_DISC, this one is $UUID), and changes fit only the disc they were made on"
	[ "$HEADER_DISC" = "$UUID" ]
}

# device_named /dev/NAME|UUID=...|LABEL=...|PARTUUID=...: the device, if it is there.
device_named() {
	case $1 in
	UUID=* | LABEL=*) named=$(findfs "$1" 2>/dev/null) || return 1 ;;
	PARTUUID=*) named=$(partition_with_uuid "${1#*=}") || return 1 ;;
	/dev/*) named=$1 ;;
	*) return 1 ;;
	esac
	[ -b "$named" ] && echo "$named"
}

partition_with_uuid() {
	wanted=$(echo "$1" | tr 'A-F' 'a-f')
	for entry in /sys/class/block/*/partition; do
		[ -e "$entry" ] || continue
		read -r number <"$entry"
		entry=${entry%/partition}
		[ "$(partition_uuid "/dev/$(whole_disk "${entry##*/}")" "$number")" = "$wanted" ] || continue
		echo "/dev/${entry##*/}"
		return
	done
	return 1
}

# partition_uuid DISK NUMBER: in a GPT, the unique GUID at 16 of the partition's entry (UEFI 5.3.3),
# whose first three fields are little-endian; in a boot sector, the disk's signature at 440 and the
# number, as the kernel makes them one.
partition_uuid() {
	read -r block <"/sys/class/block/${1#/dev/}/queue/logical_block_size"
	if [ "$(dd if="$1" bs="$block" skip=1 count=1 2>/dev/null | head -c 8)" = 'EFI PART' ]; then
		# shellcheck disable=SC2046 # sixteen bytes
		set -- $(dd if="$1" bs=16 skip=$((block / 8 + $2 * 8 - 7)) count=1 2>/dev/null | od -A n -t x1)
		[ $# = 16 ] || return 1
		printf '%s' "$4$3$2$1-$6$5-$8$7-$9"
		shift 9
		echo "$1-$2$3$4$5$6$7"
	else
		printf '%s-%02x\n' "$(dd if="$1" bs=4 skip=110 count=1 2>/dev/null | od -A n -t x4 | tr -d ' ')" "$2"
	fi
}
