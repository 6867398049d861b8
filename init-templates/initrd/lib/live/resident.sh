# What stays in memory: programs for everything that must work when the disc cannot be read or the
# store is full, and what they must know. # shellcheck shell=sh

# The programs of the initrd, which is about to vanish, go to /run/initramfs. That is also where
# systemd looks for the program that ends the system, when nothing of / is in use any more.
keep_programs() {
	debug_stop keep_programs
	mkdir -p /run/initramfs/lib /run/live/bin
	cp -a /bin /run/initramfs/
	keep_libraries
	# dmsetup and its libraries stay packed: the guard unpacks them when the store grows for the first
	# time, the shutdown when all other memory is free (system/resident.sh).
	archive=$(archive_of /lib/live/programs) && cp "$archive" /run/initramfs/
	PACKED_PROGRAMS=${archive:+/run/initramfs/${archive##*/}}
	# The links that make every path of a library work.
	for link in /usr /lib32 /lib64; do
		[ -L "$link" ] && cp -a "$link" /run/initramfs/
	done
	cp -a /lib/live/shutdown /run/initramfs/
	cp -a /lib/live/system/. /run/live/bin/
	LOADER=$(resident_loader /run/initramfs/lib)
	write_state
	link_tools
}

# Those of busybox, which were there before anything was unpacked.
keep_libraries() {
	find /lib ! -type d | grep -v -e '^/lib/live/' -e '^/lib/modules/' | sed 's,^/,,' |
		grep -vxF -f /run/live/programs | while read -r file; do
		mkdir -p "/run/initramfs/${file%/*}"
		cp -a "/$file" "/run/initramfs/$file"
	done
	rm /run/live/programs
}

# The guard lives in the new root, which by now has /proc, /sys, /dev and /run, and runs by the resident
# busybox. It ends when the system's own shutdown ends every process.
start_guard() {
	# A process that touches a page gets the 15 around it, too, if they are in memory, and these are.
	map_pages_around 4096
	null=/root/dev/null
	# shellcheck disable=SC2086,SC2094 # a loader with its options, or nothing; a device
	chroot /root $LOADER /run/initramfs/bin/busybox sh /run/live/bin/guard <$null >$null 2>&1 &
	# switch_root is about to delete what it is started with.
	tries=0
	until [ -s /root/run/live/status ] || [ "$tries" -ge 50 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	[ -s /root/run/live/status ] || say "the store's guard could not be started"
	map_pages_around 65536
}

# map_pages_around BYTES: how much of a file a page fault maps; 65536 is the kernel's default.
map_pages_around() {
	debug=/root/sys/kernel/debug
	mount -t debugfs debugfs $debug 2>/dev/null || return 0
	[ ! -w $debug/fault_around_bytes ] || echo "$1" >$debug/fault_around_bytes
	umount $debug
}

# Tools for people go where the shell looks for them.
link_tools() {
	[ -d /root/usr/local/bin ] || return 0
	for tool in /run/live/bin/live-*; do
		[ -x "$tool" ] || continue
		link=/root/usr/local/bin/${tool##*/}
		[ "$(readlink "$link")" = "$tool" ] || ln -sf "$tool" "$link"
	done
}

# /run/live/state: shell assignments for the tools of the live system.
write_state() {
	cat >/run/live/state <<-END
		UUID=$UUID
		DISC=$DISC
		ORIGIN=$ORIGIN
		COW='$(echo "$COW" | tr -d "'")'
		PERSISTENT=$PERSISTENT
		COW_TYPE=$COW_TYPE
		STORE=$STORE
		STORE_KIB=$STORE_KIB
		STORE_DEVICES='$STORE_DEVICES'
		STORE_FIXED=$STORE_FIXED
		STORE_DM=$(dm_name live-store)
		DIRTY_KIB=$DIRTY_KIB
		BRAKE_KIB=$BRAKE_KIB
		BRAKE_MS=$BRAKE_MS
		FREE_BLOCKS=$FREE_BLOCKS
		ZRAM_ALGO=$ZRAM_ALGO
		ROOT_DM=$(dm_name live-root)
		MEMORY_KIB=$MEMORY_KIB
		BOOT_TIME=$(sed -n 's/^btime //p' /proc/stat)
		ROOT_SECTOR=$ROOT_SECTOR
		DIRECT=$DIRECT
		EJECT=$EJECT
		DRIVE_SPEED=$DRIVE_SPEED
		LOADER='$LOADER'
		PROGRAM_LOADER='$(resident_loader /lib)'
		PACKED_PROGRAMS=$PACKED_PROGRAMS
	END
}

# resident_loader FOLDER: how a program of /run/initramfs is run without anything from the disc, namely by
# the dynamic loader in FOLDER, with its own libraries. Nothing where there is none: busybox may be static.
resident_loader() {
	for loader in "$1"/ld-linux* "$1"/*/ld-linux* "$1"/ld-musl*; do
		[ -x "$loader" ] || continue
		folders=$(library_folders | sed 's,^,/run/initramfs,' | tr '\n' :)
		echo "/run/initramfs/lib${loader#"$1"} --library-path ${folders%:}"
		return
	done
}

library_folders() {
	find /lib -type d | grep -v -e '^/lib/live' -e '^/lib/modules'
}
