# live.toram: the root image is loaded to memory, and the drive is free. # shellcheck shell=sh

# Memory that loading must leave to the system: what Debian with systemd starts in, on either
# architecture.
TORAM_MARGIN_KIB=131072
# Of one copying step.
TORAM_STEP_KIB=4096

# Sets IMAGE and IMAGE_START to the copy in memory; else they stay what they are, the disc.
load_to_ram() {
	debug_stop load_to_ram
	RAM_PROMISED_KIB=0
	LOAD_LATER=
	case ${live_toram:-no} in
	no) return ;;
	yes) ;;
	auto | background)
		image_fits || {
			warn "the root image stays on the disc: it needs $(($(stored_kib) / 1024)) MiB of memory and $((TORAM_MARGIN_KIB / 1024)) more"
			return
		}
		;;
	*)
		warn "live.toram=$live_toram is not known (auto, yes, no, background); the root image stays on the disc"
		return
		;;
	esac
	if [ "$live_toram" = background ]; then
		prepare_background
	elif copy_to_ram; then
		release_disc
		IMAGE=$RAM_IMAGE
		IMAGE_START=0
		# Which drive that is, if any, nobody knows yet.
		case $COW in
		zram | ram) say "the root image is in memory; the disc is not needed any more" ;;
		*) say "the root image is in memory; only the drive with the store is needed any more" ;;
		esac
	else
		warn "the root image was not loaded to memory: $TORAM_FAILURE; going on from the disc"
		[ -z "$RAM_IMAGE" ] || echo 1 >"/sys/block/${RAM_IMAGE#/dev/}/reset"
	fi
}

# Even if nothing of it compresses.
image_fits() {
	[ "$(memory_kib MemAvailable)" -ge $(($(stored_kib) + TORAM_MARGIN_KIB)) ]
}

# What the disc holds of the file system: the image with the templates behind it.
stored_kib() {
	echo $(((IMAGE_SECTORS + TEMPLATE_SECTORS) / 2))
}

# Sets RAM_IMAGE, or TORAM_FAILURE. Compressed, an image takes about half its size, and is still read
# many times faster than from a drive.
copy_to_ram() {
	total=$(stored_kib)
	TORAM_FAILURE="this kernel has no zram, or not enough devices of it"
	RAM_IMAGE=$(zram_device "$total" 2>/dev/null) || return 1
	TORAM_FAILURE="$IMAGE is shorter than the image"
	[ "$(sectors_of "$IMAGE")" -ge $((IMAGE_START + total * 2)) ] || return 1
	TORAM_FAILURE="$IMAGE cannot be opened"
	# Kept open, the device keeps what was read ahead.
	copy_steps "loading the system to memory" "$TORAM_MARGIN_KIB" "$IMAGE_START" 3<"$IMAGE"
}

# copy_steps WHAT MARGIN START: the image's first $total KiB, which begin at sector START of file 3, to RAM_IMAGE, as
# long as MARGIN KiB stay available. Sets copied, in KiB, and TORAM_FAILURE when that is not all.
copy_steps() {
	dd bs=4096 skip=$(($3 / 8)) count=0 <&3 2>/dev/null
	copied=0
	progress_begin "$1" "$total"
	while [ "$copied" -lt "$total" ]; do
		step=$TORAM_STEP_KIB
		[ $((total - copied)) -ge "$step" ] || step=$((total - copied))
		TORAM_FAILURE="memory would run out"
		[ "$(memory_kib MemAvailable)" -ge "$2" ] || break
		TORAM_FAILURE="the disc could not be read or the memory not be filled, $((copied / 1024)) MiB into the image"
		copy_step "$copied" "$step" "$RAM_IMAGE" || break
		copied=$((copied + step))
		progress "$copied"
	done
	progress_end "$copied"
	[ "$copied" -eq "$total" ]
}

# copy_step AT SIZE DEVICE, in KiB: what file 3 has next. fsync tells of writes that failed, and closing
# the device gives its cache back.
copy_step() {
	block=64
	[ $(($2 % 1024)) -eq 0 ] || block=4
	dd bs=${block}k count=$(($2 / block)) seek=$(($1 / block)) of="$3" conv=fsync,notrunc \
		${DD_FLAGS:+"$DD_FLAGS"} <&3 2>/dev/null
}

# Nothing of the disc is mounted or mapped any more; DISC is empty from here on.
release_disc() {
	case $IMAGE in
	/dev/loop*) losetup -d "$IMAGE" ;;
	esac
	[ "$COMPRESSION" = none ] || release_packed_image
	! mountpoint_in_use /run/live/medium || umount /run/live/medium
	release_iso_file
	blockdev --setrw "$DISC" 2>/dev/null
	open_tray "$DISC"
	DISC=
}

# live.toram=background: what the loading needs is prepared now; it begins with the system.
prepare_background() {
	total=$(stored_kib)
	RAM_IMAGE=$(zram_device $((IMAGE_SECTORS / 2)) 2>/dev/null) || {
		warn "the root image stays on the disc: this kernel has no zram, or not enough devices of it"
		return
	}
	RAM_PROMISED_KIB=$total
	LOAD_LATER=1
}

# Called when /run has moved below the new root, which the scripts take for their own. What they need is
# in memory on this occasion only.
start_end_of_boot() {
	[ -n "$LOAD_LATER$READ_AHEAD_KIB$TRACE$BUFFER" ] || [ "$SWEPT" -gt 0 ] || return 0
	cp /lib/live/background/* /root/run/live/bin/
	cp /etc/origin.table /root/run/live/
	cat >/root/run/live/toram <<-END
		IMAGE=$IMAGE
		IMAGE_START=$IMAGE_START
		IMAGE_SECTORS=$IMAGE_SECTORS
		PACKED=${PACKED:-}
		TEMPLATES=$TEMPLATES
		RAM_IMAGE=$RAM_IMAGE
		MARGIN_KIB=$TORAM_MARGIN_KIB
		LOAD_LATER=$LOAD_LATER
		SWEPT=$SWEPT
		BUFFER=$BUFFER
		READ_AHEAD_KIB=$READ_AHEAD_KIB
		INODE_BLOCKS=$INODE_BLOCKS
		TRACE='$TRACE'
	END
	start_resident end-of-boot end-of-boot.pid
}
