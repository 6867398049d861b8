# What the device manager need not read of the disc. # shellcheck shell=sh

# udev looks for file systems of all kinds at both ends of each drive: in an optical one that is a move of the head
# for each kind, and one back for the program that is being read. What it would find of the disc is said here, for as long as
# the disc is in use: background/load-to-ram takes that back. udev of systemd 251 and older, and eudev, look all the same.
describe_disc() {
	case $DISC in
	/dev/sr*) ;;
	*) return 0 ;;
	esac
	# Its descriptors have been read through that.
	VOLUME=/dev/mapper/live-medium
	[ -e "$VOLUME" ] || VOLUME=$DISC
	[ "$(descriptor_field 1 5)" = CD001 ] || return 0
	name=$(descriptor_field 40 32 | sed 's/ *$//')
	# How others are written in a rule, udev knows better.
	case $name in
	*[!\ A-Za-z0-9#+.:=@_-]*) return 0 ;;
	esac
	# When it was made, if it was not changed since: that is its UUID.
	when=$(descriptor_field 830 16)
	case $when in
	*[!0]*) ;;
	*) when=$(descriptor_field 813 16) ;;
	esac
	mkdir -p /run/udev/rules.d
	{
		echo 'ACTION!="add", GOTO="live_end"'
		echo "KERNEL!=\"${DISC#/dev/}\", GOTO=\"live_end\""
		echo 'ENV{UDEV_DISABLE_PERSISTENT_STORAGE_BLKID_FLAG}="1"'
		echo 'ENV{ID_FS_TYPE}="iso9660", ENV{ID_FS_USAGE}="filesystem"'
		[ -z "$name" ] || echo "ENV{ID_FS_LABEL}=\"$(echo "$name" | sed 's/  */_/g')\"," \
			"ENV{ID_FS_LABEL_ENC}=\"$(echo "$name" | sed 's/ /\\x20/g')\""
		case $when in
		*[!0-9]*) ;;
		*[!0]*)
			stamp=$(echo "$when" | sed 's/^\(....\)\(..\)\(..\)\(..\)\(..\)\(..\)/\1-\2-\3-\4-\5-\6-/')
			echo "ENV{ID_FS_UUID}=\"$stamp\", ENV{ID_FS_UUID_ENC}=\"$stamp\""
			;;
		esac
		echo 'LABEL="live_end"'
	} >/run/udev/rules.d/10-live-disc.rules
}

# Nor at the loop devices that parts of the disc are read through: a move to both ends of each, and the root
# image there would take the name in /dev/disk/by-label from the disc that has it, too. The disc as a file on a
# disk is one as well, and stays in sight.
hide_loop_devices() {
	for device in ${DISC:+"$IMAGE" "$PACKED" "$BUFFER"}; do
		case $device in
		"$DISC" | '') ;;
		/dev/loop*) echo "KERNEL==\"${device#/dev/}\", ENV{UDEV_DISABLE_PERSISTENT_STORAGE_RULES_FLAG}=\"1\"" ;;
		esac
	done >/run/live/loop.rules
	[ -s /run/live/loop.rules ] || return 0
	mkdir -p /run/udev/rules.d
	mv /run/live/loop.rules /run/udev/rules.d/10-live-loop.rules
}

# descriptor_field OFFSET LENGTH: bytes of the primary volume descriptor (ECMA-119, 8.4), NULs left out.
descriptor_field() {
	dd if="$VOLUME" bs=2048 skip=16 count=1 2>/dev/null | dd bs=1 skip="$1" count="$2" 2>/dev/null | tr -d '\0'
}
