# What people see while the disc is looked for, and what they can do when it is not found.
# shellcheck shell=sh

# After live.wait: asks what to do and goes on looking, so that a disc that is put in later starts
# even when nobody answers.
ask_for_medium() {
	listen
	tell=say_not_found
	until [ -n "$DISC" ] || look_around; do
		$tell
		tell=:
		next_answer 3 && take_answer
		load_for_hardware
	done
	stop_listening
}

say_not_found() {
	warn "the disc was not found in $WAIT seconds (volume $LABEL, root image $UUID${live_iso:+, file $live_iso})."
	to_consoles '%s\n' 'What the machine has:' "$(list_devices)" \
		'The search goes on: a disc that is put in now starts by itself. Or type a number and Enter:'
	show_choices
}

show_choices() {
	to_consoles '%s\n' '  1  look again now' '  2  choose a device' \
		"  3  a shell ('dmesg' has the kernel's words; leave it with 'exit' to come back here)" \
		'  4  restart the machine'
}

# Sets "tell" to what everybody is shown next.
take_answer() {
	tell=show_choices
	case $ANSWER in
	1)
		rm -f /run/live/reported
		LOOK_AGAIN=0
		tell=say_not_found
		;;
	2) choose_device ;;
	3)
		stop_listening
		shell_at "$CONSOLE"
		listen
		;;
	4) reboot -f ;;
	'') ;;
	*) tell=: ;;
	esac
}

choose_device() {
	to_consoles '%s\n' "$(list_devices numbered)" 'Which one? Its number or name, or Enter for none:'
	next_answer 60 && [ -n "$ANSWER" ] || return
	number=0
	for device in $(block_devices); do
		number=$((number + 1))
		case $ANSWER in
		"$number" | "$device" | "${device#/dev/}")
			try_device "$device"
			return
			;;
		esac
	done
	warn "there is no device '$ANSWER'"
}

try_device() {
	is_disc "$1" || is_remastered_disc "$1" || search_iso_files "$1" ||
		warn "$1 does not fit: $(why_not "$1")"
}

why_not() {
	case $(filesystem_of "$1") in
	'ISO 9660')
		echo "$(contents_of "$1"): $(root_image_of "$1")"
		;;
	'') contents_of "$1" ;;
	*)
		if mount_iso_device "$1"; then
			umount /run/live/isodevice
			echo "$(contents_of "$1"), without an ISO file of this disc in its first two levels of folders"
		else
			echo "$(contents_of "$1"), for which the initrd has no driver (build with --initrd-module)"
		fi
		;;
	esac
}

# What a volume has in place of our root image.
root_image_of() {
	if ! mount -t iso9660 -o ro "$1" /run/live/medium 2>/dev/null; then
		echo "it cannot be mounted"
		return
	fi
	other=$(superblock_uuid "/run/live/medium/$SUPERBLOCK_FILE" 0)
	umount /run/live/medium
	[ -n "$other" ] && echo "its root image is $other" || echo "it has no /$ROOT_FILE"
}

# A line for each device, once.
show_new_devices() {
	for device in $(block_devices); do
		report_once "$(describe_device "$device")"
	done
}

report_once() {
	grep -qsxF -e "$1" /run/live/reported && return
	echo "$1" >>/run/live/reported
	warn "$1"
}

# list_devices [numbered]
list_devices() {
	number=0
	for device in $(block_devices); do
		number=$((number + 1))
		echo "  ${1:+$number  }$(describe_device "$device")"
	done
	[ "$number" -gt 0 ] || echo "  no drive at all: a driver may be missing (build with --initrd-module)"
}

# Name, size, model, and what is in it.
describe_device() {
	name=${1#/dev/}
	size=0
	model=
	read -r size <"/sys/class/block/$name/size"
	read -r model <"/sys/class/block/$name/device/model"
	echo "$1  $((size / 2048)) MiB  ${model:+$model: }$(contents_of "$1")" | printable
} 2>/dev/null

# Labels and names of whatever disc is in a drive must not control the terminal.
printable() {
	tr -dc ' -~\n'
}

contents_of() {
	filesystem=$(filesystem_of "$1")
	if [ "$filesystem" = 'ISO 9660' ]; then
		echo "ISO 9660 volume '$(volume_label "$1")', not the one looked for"
	elif [ -n "$filesystem" ]; then
		echo "file system $filesystem"
	elif [ -n "$(hex_at "$1" 0 0 1)" ]; then
		echo "neither an ISO 9660 volume nor a file system known here"
	else
		echo "no disc in it, or it cannot be read"
	fi
}

# ECMA-119 8.4.7: 32 bytes from byte 40 of the first volume descriptor.
volume_label() {
	dd if="$1" bs=2048 skip=16 count=1 2>/dev/null | dd bs=8 skip=5 count=4 2>/dev/null | sed 's/ *$//'
}
