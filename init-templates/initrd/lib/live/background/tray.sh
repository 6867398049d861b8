# The drive's tray, for the init and for the tools of the live system. # shellcheck shell=sh

# open_tray DEVICE: not every busybox has an eject, but the kernel opens the tray, if told to, when the
# last user closes the drive. Nothing happens to what has no tray.
open_tray() {
	autoeject=/proc/sys/dev/cdrom/autoeject
	[ -w "$autoeject" ] || return 0
	echo 1 >"$autoeject"
	dd if="$1" of=/dev/null count=0 2>/dev/null
	echo 0 >"$autoeject"
}
