# For the guard. Watches the drive the system runs from: tells when the disc is gone and when it is
# back, and slows the drive down when it cannot read. The kernel counts commands that fail, and discs: as
# long as the numbers stay, a look is three reads of files in /sys. When they do not, the drive is asked,
# and what it says is heard with a later look. # shellcheck shell=sh

start_drive_watch() {
	# For programs of the system: the guard was started by the initrd, which has less.
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	DRIVE=${DISC#/dev/}
	disc_out=
	asked_drive=
	disc_scratched=
	newest_error=
	retry_attempts=0
	retry_wanted=
	count_errors
	drive_errors=$errors
}

# Sets errors. What fails on an ATA drive counts as timed out (iotmo_cnt) or, before Linux 5.19, as not
# done: then commands on their way look like failures for a moment, which costs one look. The last number
# is the disc's own (Linux 5.15): udev lets the kernel ask the drive for changes every other second. Before,
# and with drives that do not tell, a disc that is pulled is missed when something is read.
count_errors() {
	errors=none
	counters=/sys/block/$DRIVE/device
	read -r errors <"$counters/ioerr_cnt" || return 0
	if read -r late <"$counters/iotmo_cnt"; then
		errors="$errors $late"
	else
		read -r asked <"$counters/iorequest_cnt"
		read -r answered <"$counters/iodone_cnt"
		errors="$errors $((asked - answered))"
	fi
	read -r sequence <"/sys/block/$DRIVE/diskseq" && errors="$errors $sequence"
} 2>/dev/null

# With each look of the guard.
watch_drive() {
	# Only drives below the SCSI layer (optical, ATA, USB) have the numbers. A stick that is pulled loses them.
	[ "$drive_errors" != none ] || [ -n "$asked_drive" ] || return 0
	[ -z "$retry_wanted" ] || retry_reads
	[ -z "$asked_drive" ] || hear_drive || return 0
	count_errors
	[ "$errors" != "$drive_errors" ] || [ -n "$disc_out" ] || return 0
	drive_errors=$errors
	still_needed || return 0
	: >/run/live/drive
	ask_drive >/run/live/drive &
	asked_drive=$!
} 2>/dev/null

# Beside the guard: a drive that is at odds with its disc may take half a minute for each answer.
ask_drive() {
	if ! drive_has_disc; then
		echo gone
	elif [ -z "$disc_out" ]; then
		echo there
	elif is_our_disc; then
		echo back
	else
		echo another
	fi
}

# Fails while the drive has not answered yet.
hear_drive() {
	read -r answer </run/live/drive || {
		# Who was killed over it does not answer.
		kill -0 "$asked_drive" || asked_drive= drive_errors=
		return 1
	}
	asked_drive=
	case $answer in
	gone) disc_is_gone ;;
	there) look_for_scratches ;;
	back) disc_is_back ;;
	another) disc_is_another ;;
	esac
}

# What moves the image to memory empties DISC in the state when the drive is let go.
still_needed() {
	needed=$DISC
	while read -r line; do
		case $line in
		DISC=*) needed=${line#DISC=} ;;
		esac
	done </run/live/state
	[ -n "$needed" ] || drive_errors=none
	[ -n "$needed" ]
}

# The kernel would fill the consoles with its errors. Programs that are needed to restart may be on the
# disc: Ctrl-Alt-Del goes to the kernel itself.
disc_is_gone() {
	[ "$disc_out" != gone ] || return 0
	if [ -z "$disc_out" ]; then
		read -r console_level _ </proc/sys/kernel/printk
		read -r ctrl_alt_del </proc/sys/kernel/ctrl-alt-del
		# What the guard itself has to say is more urgent than they are.
		echo 2 >/proc/sys/kernel/printk
		echo 1 >/proc/sys/kernel/ctrl-alt-del
	fi
	disc_out=gone
	back=
	# A stick comes back as another device.
	[ "$DISC" = "${DISC#/dev/sr}" ] || back=' Put it back to go on.'
	tell_all "The disc is gone, and the system runs from it.$back To restart the machine press" \
		"Ctrl-Alt-Del, or type in a shell: echo reboot >/run/live/guard (or poweroff)"
}

disc_is_another() {
	[ "$disc_out" != another ] || return 0
	disc_out=another
	tell_all "This is another disc, or it cannot be read: the system needs the one it came from."
}

disc_is_back() {
	disc_out=
	echo "$console_level" >/proc/sys/kernel/printk
	echo "$ctrl_alt_del" >/proc/sys/kernel/ctrl-alt-del
	# What failed meanwhile is no scratch.
	newest_error=$(newest_read_error)
	tell_all "The disc is back and the system goes on. Programs that needed it may have ended."
}

# Told once; the kernel's log has every place.
look_for_scratches() {
	error=$(newest_read_error)
	[ "$error" != "$newest_error" ] || return 0
	newest_error=$error
	if [ -z "$disc_scratched" ]; then
		disc_scratched=1
		tell_all "The disc cannot be read everywhere: what needs those places fails, all else goes on." \
			"It may be dirty or scratched."
	fi
	[ "$retry_attempts" -lt 3 ] && [ -z "$retry_wanted" ] || return 0
	retry_attempts=$((retry_attempts + 1))
	: >/run/live/read-retries
	prepare_retries &
	retry_wanted=1
}

# A console that somebody has stopped (Ctrl-S) must not stop the guard.
tell_all() {
	warn "$@" &
}

# What this takes comes from the disc, too: beside the guard, which must not wait for it; and another error
# is another chance.
prepare_retries() {
	[ "$retry_attempts" -gt 1 ] || slow_drive
	load_read_retries
	echo ready >/run/live/read-retries
}

retry_reads() {
	read -r state </run/live/read-retries || return 0
	case $state in
	ready)
		# Only one may change the origin's table.
		! runs /run/live/load-to-ram.pid && ! runs /run/live/end-of-boot.pid || return 0
		# When all is loaded to memory nothing is read from the drive, and it must be free then.
		[ -z "$disc_out" ] && still_needed || return 0
		: >/run/live/read-retries
		put_in_retries &
		;;
	done) retry_wanted= retry_attempts=3 ;;
	failed) retry_wanted= ;;
	esac
}

# Beside the guard, since it waits for what is being read. Another disc is not what the table is of.
put_in_retries() {
	state=failed
	if drive_has_disc && is_our_disc && start_read_retries; then
		state=done
		note "each read is tried $READ_TRIES times from now on"
	fi
	echo "$state" >/run/live/read-retries
}

# runs FILE: whether the process whose number is in a file is there.
runs() {
	read -r pid <"$1" && [ -d "/proc/$pid" ]
} 2>/dev/null

# "I/O error", "critical medium error" and others, as the drive and its driver tell it.
newest_read_error() {
	resident bin/busybox dmesg | resident bin/busybox grep " error, dev $DRIVE," |
		resident bin/busybox tail -n 1
}

# Scratched discs read better slowly. The kernel takes a speed only from a program made for it: the
# first of these that the system has.
slow_drive() {
	[ "$DRIVE_SPEED" != 0 ] || return 0
	for program in hdparm eject setcd; do
		command -v "$program" >/dev/null || continue
		case $program in
		hdparm) hdparm -E "$DRIVE_SPEED" "$DISC" ;;
		*) "$program" -x "$DRIVE_SPEED" "$DISC" ;;
		esac >/dev/null && return
	done
}

# end_now reboot|poweroff: without the disc. What lives in memory is lost anyway; what is kept on a disk gets a
# moment to be written.
end_now() {
	last=o
	[ "$1" != reboot ] || last=b
	for step in s u "$last"; do
		echo "$step" >/proc/sysrq-trigger
		resident bin/busybox sleep 2
	done
}
