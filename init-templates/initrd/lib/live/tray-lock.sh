# What keeps the disc where it is. # shellcheck shell=sh

# udev answers the drive's button by opening the tray, whoever uses the disc. Without the request in
# its event the tray stays shut, as the kernel locked it.
keep_tray_shut() {
	case $DISC in
	/dev/sr*) ;;
	*) return 0 ;;
	esac
	mkdir -p /run/udev/rules.d
	echo "KERNEL==\"${DISC#/dev/}\", ENV{DISK_EJECT_REQUEST}=\"\"" >/run/udev/rules.d/59-live-tray.rules
}
