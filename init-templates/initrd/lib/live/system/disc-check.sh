# Is the disc in its drive? For the guard and what runs beside it. # shellcheck shell=sh

# Asks the drive, and moves nothing: an optical drive can be opened only with a disc in it, and a tray
# that is open stays open.
drive_has_disc() {
	autoclose=
	read -r autoclose </proc/sys/dev/cdrom/autoclose && echo 0 >/proc/sys/dev/cdrom/autoclose
	true <"$DISC"
	opened=$?
	[ -z "$autoclose" ] || echo "$autoclose" >/proc/sys/dev/cdrom/autoclose
	return "$opened"
} 2>/dev/null

# The UUID in the image's superblock, as the init read it (medium.sh), but from the disc and not from
# the kernel's memory of it. Where the image lies elsewhere (DIRECT is empty) every disc will do.
is_our_disc() {
	[ -n "$DIRECT" ] || return 0
	found=$(resident bin/busybox dd if="$DISC" bs=2048 skip=$((SUPERBLOCK_SECTOR / 4)) count=1 iflag=direct |
		resident bin/busybox dd bs=8 skip=141 count=2 |
		resident bin/busybox od -A n -t x1 | resident bin/busybox tr -d ' \n')
	[ "$found" = "$UUID" ]
} 2>/dev/null
