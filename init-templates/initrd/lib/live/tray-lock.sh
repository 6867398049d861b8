# What keeps the disc where it is. # shellcheck shell=sh

# The kernel locks the tray while the disc is in use. udev's rules open it all the same when its button
# is pressed, and lock every tray for themselves, after which the kernel opens none: both is taken out.
keep_tray_shut() {
	case $DISC in
	/dev/sr*) ;;
	*) return 0 ;;
	esac
	for folder in usr/lib lib; do
		rules=/root/$folder/udev/rules.d/60-cdrom_id.rules
		[ -f "$rules" ] || continue
		mkdir -p /run/udev/rules.d
		{
			echo "KERNEL==\"${DISC#/dev/}\", ENV{DISK_EJECT_REQUEST}=\"\""
			sed 's/ --lock-media//' "$rules"
		} >/run/udev/rules.d/60-cdrom_id.rules
		return
	done
}
