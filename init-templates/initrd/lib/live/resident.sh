# What stays in memory: the programs of the initrd, for tools of the live system, and what these must
# know. # shellcheck shell=sh

# The programs of the initrd, which is about to vanish, go to /run/initramfs. Small machines, of
# less than 96 MiB, do without: it would be a good part of their memory.
keep_programs() {
	debug_stop keep_programs
	[ "$MEMORY_KIB" -ge 81920 ] || return 0
	mkdir -p /run/initramfs/lib /run/live/bin
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
	cp -a /lib/live/system/. /run/live/bin/
	link_tools
	write_state
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
		COW=$COW
		COW_TYPE=$COW_TYPE
		STORE=$STORE
		STORE_KIB=$STORE_KIB
		ROOT_DM=$(dm_name live-root)
		MEMORY_KIB=$MEMORY_KIB
		BOOT_TIME=$(sed -n 's/^btime //p' /proc/stat)
		LOADER='$(resident_loader)'
	END
}

# How a program of /run/initramfs is run without anything from the disc: by its own dynamic loader,
# with its own libraries. Nothing for static programs.
resident_loader() {
	for loader in /run/initramfs/lib/ld-linux* /run/initramfs/lib/*/ld-linux* /run/initramfs/lib/ld-musl*; do
		[ -x "$loader" ] || continue
		folders=$(find /run/initramfs/lib -type d | tr '\n' :)
		echo "$loader --library-path ${folders%:}"
		return
	done
}
