# The system that is about to start: the disc at /run/live/medium, swap, settings for a root that
# lives in memory. # shellcheck shell=sh

# Shows the disc's files. In direct mode device-mapper holds the drive, so a second linear device
# stands in for it.
mount_medium() {
	debug_stop mount_medium
	# Loaded to memory, the disc may be out of its drive already.
	[ -n "$DISC" ] || return 0
	mountpoint_in_use /run/live/medium && return
	mkdir -p /run/live/medium
	load_module isofs
	# Whole 4 KiB only: the last odd sectors of a drive hold nothing of ours.
	if ! echo "0 $(($(sectors_of "$DISC") / 8 * 8)) linear $DISC 0" | map_device live-medium --readonly ||
		! mount -t iso9660 -o ro /dev/mapper/live-medium /run/live/medium; then
		warn "the disc's files could not be shown at /run/live/medium"
	fi
}

mount_medium_plain() {
	mountpoint_in_use /run/live/medium && return
	mkdir -p /run/live/medium
	load_module isofs
	mount -t iso9660 -o ro "$DISC" /run/live/medium || give_up "the disc in $DISC could not be mounted."
}

mountpoint_in_use() {
	grep -q " $1 " /proc/mounts
}

# live.zram_swap=PCT of memory; by default half of it on machines under 512 MiB.
start_zram_swap() {
	debug_stop start_zram_swap
	SWAP=
	percent=$ZRAM_SWAP
	if [ "$percent" = auto ]; then
		[ "$MEMORY_KIB" -lt 524288 ] || return
		percent=50
	fi
	[ "$percent" -gt 0 ] || return
	swap=$(zram_device $((MEMORY_KIB * percent / 100 / 4 * 4))) || {
		warn "no compressed swap: this kernel has no zram"
		return
	}
	if ! mkswap "$swap" >/dev/null || ! swapon "$swap"; then
		warn "compressed swap could not be switched on"
		return
	fi
	SWAP=$swap
	prefer_swapping
	keep_swap_to_the_end "${swap#/dev/}"
}

# What is swapped comes back at the speed of memory; what is dropped, at that of the disc. Neighbours
# of a page cost unpacking each, and save no head move.
prefer_swapping() {
	echo 0 >/proc/sys/vm/page-cluster
	# Over 100: Linux 5.8 and newer.
	echo 180 >/proc/sys/vm/swappiness || echo 100 >/proc/sys/vm/swappiness
	# Against fragmentation the kernel would keep 4 MiB free now and then: a tenth of the smallest machine.
	echo 0 >/proc/sys/vm/watermark_boost_factor
} 2>/dev/null

# To switch it off, everything must come back: for that there is no memory. systemd would do it while
# programs still run; that its last program does not, is the guard's last deed.
keep_swap_to_the_end() {
	mkdir -p "/run/systemd/system/dev-$1.swap.d"
	printf '[Unit]\nDefaultDependencies=no\n' >"/run/systemd/system/dev-$1.swap.d/live.conf"
}

# Settings go to /run, which systemd reads beside /etc: the root stays as it was built.
prepare_system() {
	debug_stop prepare_system
	mkdir -p /run/systemd/journald.conf.d
	printf '[Journal]\nStorage=volatile\nRuntimeMaxUse=%dM\n' $((MEMORY_KIB / 1024 / 16 + 1)) \
		>/run/systemd/journald.conf.d/live.conf
	wait_for_devices
	[ "$MEMORY_KIB" -ge 131072 ] || save_memory
	[ "$PERSISTENT" = yes ] || ! starts_systemd || keep_no_seed
	comment_out_disks
	keep_tray_shut
	describe_disc
	hide_loop_devices
}

# A random seed in memory is of no use to the next start; systemd would save it, with fsync, at the start and
# at the end, where on a full store it waits for the brake.
keep_no_seed() {
	mkdir -p /run/systemd/system
	ln -s /dev/null /run/systemd/system/systemd-random-seed.service
}

# A minute and a half, which systemd gives a device to appear, is little for a small machine that starts from
# a CD: then its serial console would have no login.
wait_for_devices() {
	mkdir -p /run/systemd/system.conf.d
	printf '[Manager]\nDefaultDeviceTimeoutSec=300\n' >/run/systemd/system.conf.d/live.conf
}

# Small machines: one udev worker at a time, since each costs a megabyte or two at the worst moment.
save_memory() {
	for udevd in /lib/systemd/systemd-udevd /usr/lib/systemd/systemd-udevd; do
		# It may be an absolute symlink, which leads nowhere from here.
		[ -x "/root$udevd" ] || [ -L "/root$udevd" ] || continue
		mkdir -p /run/systemd/system/systemd-udevd.service.d
		printf '[Service]\nExecStart=\nExecStart=%s --children-max=1\n' "$udevd" \
			>/run/systemd/system/systemd-udevd.service.d/live.conf
		return
	done
}

# The rootfs may come from an installed machine: its fstab names disks that are not here, and the
# start would wait for them.
comment_out_disks() {
	! has_started_before || return 0
	fstab=/root/etc/fstab
	# Swap files lie on the disc: swapping to one would fill the store, which is in memory itself.
	swap='[^#[:space:]]+[[:space:]]+[^[:space:]]+[[:space:]]+swap([[:space:]]|$)'
	disks="^[[:space:]]*(/dev/|(PART)?(UUID|LABEL)=|$swap)"
	grep -Eqs "$disks" "$fstab" || return
	sed -i -E "s,$disks,# not on a live CD: &," "$fstab"
}

# switch_to_root ARGUMENT...: what the kernel did not know of its command line is for the init.
switch_to_root() {
	debug_stop switch_to_root
	[ -x "/root$INIT" ] || [ -L "/root$INIT" ] || give_up "the root file system has no $INIT."
	say "starting $INIT"
	for filesystem in proc sys dev run; do
		mount -o move "/$filesystem" "/root/$filesystem"
	done
	start_guard
	start_end_of_boot
	exec switch_root /root "$INIT" "$@"
}
