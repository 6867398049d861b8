# What stays in memory: programs for everything that must work when the disc cannot be read or the
# store is full, and what they must know. # shellcheck shell=sh

# busybox, of the initrd, which is about to vanish, goes to /run/initramfs. That is also where systemd
# looks for the program that ends the system, when nothing of / is in use any more. dmsetup stays packed:
# the guard unpacks it when the store grows for the first time, the shutdown when all other memory is
# free (system/resident.sh).
keep_programs() {
	debug_stop keep_programs
	PROGRAM_LOADER=$(resident_loader /lib)
	remove_spent_files
	mkdir -p /run/initramfs/lib /run/live/bin
	archive=$(archive_of /lib/live/programs) && cp "$archive" /run/initramfs/ && rm "$archive"
	PACKED_PROGRAMS=${archive:+/run/initramfs/${archive##*/}}
	cp -a /bin /sbin /run/initramfs/
	for entry in /lib/*; do
		case $entry in
		/lib/live | /lib/modules) ;;
		*) cp -a "$entry" /run/initramfs/lib/ ;;
		esac
	done
	# The links that make every path of a library work.
	for link in /usr /lib32 /lib64; do
		[ -L "$link" ] && cp -a "$link" /run/initramfs/
	done
	cp -a /lib/live/shutdown /run/initramfs/
	cp -a /lib/live/system/. /run/live/bin/
	LOADER=$(resident_loader /run/initramfs/lib)
	write_state
	link_tools
	end_with_little_memory
	forget_systemd
	end_in_memory
}

# Drivers that nobody will ask for, and what has come out of the archive of programs: on the smallest
# machines copies have no room beside them. The shell before the last stage is for looking around.
remove_spent_files() {
	[ "$DEBUG" != switch_to_root ] || return 0
	rm -r /lib/modules
	while read -r file; do
		[ -d "/$file" ] || rm "/$file"
	done </run/live/programs 2>/dev/null
	rm /run/live/programs
}

# systemd's last program locks itself in memory, 17 MB, before it ends the others and switches swap off: for
# that there is no room where memory is short, or full of changes. Our own takes its place at the last
# moment, when everything has been unmounted.
end_with_little_memory() {
	[ -n "$SWAP" ] || return 0
	for program in /usr/lib/systemd/systemd-shutdown /lib/systemd/systemd-shutdown; do
		[ -x "/root$program" ] || continue
		for end in poweroff reboot halt kexec; do
			folder=/run/systemd/system/systemd-$end.service.d
			mkdir -p "$folder"
			cat >"$folder/live.conf" <<-END
				[Service]
				Type=oneshot
				ExecStart=
				ExecStart=${LOADER:+$LOADER }/run/initramfs/bin/busybox mount --bind /run/initramfs/shutdown $program
				ExecStart=/bin/systemctl --force $end
			END
		done
		return
	done
}

# The guard lives in the new root, which by now has /proc, /sys, /dev and /run, and runs by the resident
# busybox. It ends when the system's own shutdown ends every process.
start_guard() {
	# A process that touches a page gets the 15 around it, too, if they are in memory, and these are.
	map_pages_around 4096
	start_resident guard status
	# On small machines it stays so: pages around count as used, and others would be swapped for them.
	[ "$MEMORY_KIB" -lt 524288 ] || map_pages_around 65536
}

# start_resident SCRIPT FILE: runs a script of /run/live/bin. It has started when it has written FILE in
# /run/live.
start_resident() {
	null=/root/dev/null
	# shellcheck disable=SC2086,SC2094 # a loader with its options, or nothing; a device
	chroot /root $LOADER /run/initramfs/bin/busybox sh "/run/live/bin/$1" <$null >$null 2>&1 &
	# switch_root is about to delete what it is started with.
	tries=0
	until [ -s "/root/run/live/$2" ] || [ "$tries" -ge 50 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	[ "$tries" -lt 50 ] || say "/run/live/bin/$1 could not be started"
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
		BASE=$BASE
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
		REUSABLE_KIB=$REUSABLE_KIB
		ZRAM_ALGO=$ZRAM_ALGO
		SWAP=$SWAP
		SWEPT_ZRAM=$(swept_zram)
		ROOT_DM=$(dm_name live-root)
		ORIGIN_DM=$(dm_name live-origin)
		MEMORY_KIB=$MEMORY_KIB
		BOOT_TIME=$(sed -n 's/^btime //p' /proc/stat)
		ROOT_SECTOR=$ROOT_SECTOR
		SUPERBLOCK_SECTOR=$SUPERBLOCK_SECTOR
		DIRECT=$DIRECT
		EJECT=$EJECT
		DRIVE_SPEED=$DRIVE_SPEED
		LOADER='$LOADER'
		PROGRAM_LOADER='$PROGRAM_LOADER'
		PACKED_PROGRAMS=$PACKED_PROGRAMS
	END
}

# The zram that has what was swept, if that is given back. Loaded to memory, it is what the system runs from.
swept_zram() {
	[ "$SWEPT" -eq 0 ] || [ -n "$LOAD_LATER" ] || echo "${RAM_IMAGE#/dev/}"
}

# resident_loader FOLDER: how a program of /run/initramfs is run without anything from the disc, namely by
# the dynamic loader in FOLDER, with its own libraries. Nothing where there is none: busybox may be static.
resident_loader() {
	for loader in "$1"/ld-linux* "$1"/*/ld-linux* "$1"/ld-musl*; do
		[ -x "$loader" ] || continue
		folders=
		# shellcheck disable=SC2044 # folders of libraries, without spaces
		for folder in $(find "$1" -path /lib/live -prune -o -path /lib/modules -prune -o -type d -print); do
			folders=$folders/run/initramfs/lib${folder#"$1"}:
		done
		echo "/run/initramfs/lib${loader#"$1"} --library-path ${folders%:}"
		return
	done
}
