# The tray of the optical drive. The kernel opens it when the last user of the drive closes it, if it
# is told to: no program is needed, and not every busybox has an eject. # shellcheck shell=sh

# An optical drive that is not needed any more may have another disc in it, or none.
drive_is_held() {
	case $DISC in
	/dev/sr*) ;;
	*) return 1 ;;
	esac
	for holder in "/sys/block/${DISC#/dev/}/holders/"*; do
		[ -e "$holder" ] && return
	done
	grep -q "^$DISC " /proc/mounts
}

# Opens the tray and waits until the disc is taken, but not for ever.
ask_for_disc() {
	open_tray "$DISC" || return 0
	listen_for_key
	warn "Please remove the disc, close the tray and press Enter ($TRAY_SECONDS seconds)."
	wait_for_key
	close_tray
}
TRAY_SECONDS=30

# open_tray DRIVE; fails when there is no disc in it.
open_tray() {
	autoeject=/proc/sys/dev/cdrom/autoeject
	echo 1 >"$autoeject"
	true <"$1"
	opened=$?
	echo 0 >"$autoeject"
	return "$opened"
} 2>/dev/null

# Drives that have no motor for it stay as they are.
close_tray() {
	echo 1 >/proc/sys/dev/cdrom/autoclose
	true <"$DISC"
} 2>/dev/null

# Any key on any console makes /run/live/key. -n takes the terminal as whoever was killed left it, and finds
# Enter all the same.
listen_for_key() {
	read -r consoles </sys/class/tty/console/active
	for console in $consoles; do
		# shellcheck disable=SC3045 # busybox has -n
		(read -r -n 1 _ <"/dev/$console" && : >/run/live/key) 2>/dev/null &
	done
	# Nobody has a terminal open any more: what comes before they do is lost.
	sleep 1
}

wait_for_key() {
	waited=0
	until [ -e /run/live/key ] || [ "$waited" -ge "$TRAY_SECONDS" ]; do
		sleep 1
		waited=$((waited + 1))
	done
}
