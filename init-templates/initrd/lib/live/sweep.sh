# shellcheck shell=sh
# The hot sweep: what a boot reads lies at the start of the root image (HOT_SECTORS, from a boot
# profile). It is read in one go into compressed memory, from which the origin takes it until the
# boot is over: then background/end-of-boot gives the memory back.

# Sets SWEPT, the 512-byte sectors that are in RAM_IMAGE, and BUFFER where that is not all of the range.
sweep_hot_range() {
	debug_stop sweep_hot_range
	SWEPT=0
	BUFFER=
	# Loaded to memory, there is nothing left to sweep; and a new profile is not made of the old one.
	[ "$HOT_SECTORS" -gt 0 ] && [ -n "$DISC" ] && ! boot_is_recorded || return 0
	# What another system needs is not worth the memory of the smallest machines, unless somebody asks for it.
	[ "$OWN_PROFILE" = yes ] || [ "$MEMORY_KIB" -ge "$LEAST_SWEPT_KIB" ] || [ "${live_sweep:-auto}" = yes ] || return 0
	total=$((HOT_SECTORS / 2))
	case ${live_sweep:-auto} in
	no) total=0 ;;
	yes) ;;
	auto) fit_sweep ;;
	*)
		warn "live.sweep=$live_sweep is not known (auto, yes, no); taken for auto"
		fit_sweep
		;;
	esac
	if [ "$total" -eq 0 ]; then
		[ "${live_sweep:-auto}" = no ] ||
			say "what the start needs is read piece by piece: there is too little memory for all at once"
	elif [ -n "$LOAD_LATER" ] || RAM_IMAGE=$(zram_device "$total" 2>/dev/null); then
		sweep
		# Nobody else would give it back.
		[ "$SWEPT$LOAD_LATER" != 0 ] || echo 1 >"/sys/block/${RAM_IMAGE#/dev/}/reset"
	fi
	[ "$SWEPT" -ge "$HOT_SECTORS" ] || buffer_hot_range
}

# Machines of about 60 MiB: in 48 a disc that was swept so took its drive 229 s, and 71 without.
LEAST_SWEPT_KIB=49152

# What is not swept is read through a loop device of the drive until the boot is over. For that the kernel reads
# ahead, in the order of the disc: programs that start side by side never ask in the same order twice, and each
# step back would be a move of the head. With live.origin=loop there is such a device anyway.
buffer_hot_range() {
	[ "$ORIGIN" = direct ] && [ "$IMAGE" = "$DISC" ] || return 0
	BUFFER=$(loop_device "$IMAGE" -o $((IMAGE_START * 512))) || BUFFER=
}

# The first part of the range is what is wanted first: as much of it as fits, when two fifths of all memory are
# left to the system, and what is read takes three fifths of its size; as a rule it is half.
fit_sweep() {
	room=$((($(memory_kib MemAvailable) - MEMORY_KIB * 2 / 5) * 5 / 3))
	[ "$total" -le "$room" ] || total=$((room / TORAM_STEP_KIB * TORAM_STEP_KIB))
	[ "$total" -ge 0 ] || total=0
}

# What fails leaves the rest on the disc.
sweep() {
	copied=0
	TORAM_FAILURE="$IMAGE cannot be opened"
	sweep_copy || sweep_steps "$IMAGE_START" 3<"$IMAGE" || not_swept
	SWEPT=$((copied * 2))
}

sweep_steps() {
	copy_steps "reading what the start needs" $((MEMORY_KIB / 5)) "$1"
}

not_swept() {
	warn "what the start needs was not read at once: $TORAM_FAILURE"
}

# The same range, compressed, lies behind the image and its templates (HOT_COPY_SECTORS): less to read. It counts
# when it is whole, since gzip's checksums come last, also behind what memory had no room for, and if it is of this very
# image: one that was changed has another superblock.
sweep_copy() {
	[ "$HOT_COPY_SECTORS" -gt 0 ] && [ "$ORIGIN" = direct ] && [ "$total" -eq $((HOT_SECTORS / 2)) ] || return
	{ dd if="$IMAGE" bs=4096 count=$((HOT_COPY_SECTORS / 8)) \
		skip=$(((IMAGE_START + IMAGE_SECTORS + TEMPLATE_SECTORS) / 8)) | gunzip -c && echo whole; } 2>/dev/null | {
		# Of a pipe, dd takes what is there.
		DD_FLAGS=iflag=fullblock
		if sweep_steps 0 3<&0; then
			read -r end
		else
			end=$(tail -c 6)
			[ "$end" != whole ] || not_swept
		fi
		echo "$copied" >/run/live/copied
		[ "$end" = whole ]
	} && read -r copied </run/live/copied &&
		dd if="$RAM_IMAGE" bs=2048 count=1 2>/dev/null | cmp -s - /run/live/superblock && return
	warn "what the start needs is read as it is: its compressed copy is not whole"
	empty_ram_image
	return 1
}

# What compresses badly may have filled the memory.
empty_ram_image() {
	zram=/sys/block/${RAM_IMAGE#/dev/}
	read -r size <"$zram/disksize"
	echo 1 >"$zram/reset"
	echo "$size" >"$zram/disksize"
} 2>/dev/null

# A profile has each block that was wanted, and no other, since nothing is read ahead while it is recorded.
# They lie in front of the range, and behind them what is read ahead of them: where that is not in memory,
# it would cost the head's time.
read_nothing_ahead() {
	READ_AHEAD_KIB=
	INODE_BLOCKS=
	{ [ -n "$DISC" ] && [ "$OWN_PROFILE" = yes ] && [ "$HOT_SECTORS" -gt "$SWEPT" ]; } ||
		boot_is_recorded || return 0
	root=$(dm_name live-root)
	ahead=/sys/block/$root/queue/read_ahead_kb
	read -r READ_AHEAD_KIB <"$ahead" && echo 0 >"$ahead"
	ahead=/sys/fs/ext4/$root/inode_readahead_blks
	read -r INODE_BLOCKS <"$ahead" && echo 0 >"$ahead"
} 2>/dev/null

# live.trace, or a virtual machine of "snapdisc profile", which says so by its serial number.
boot_is_recorded() {
	[ "${live_trace:-no}" = no ] || return 0
	read -r serial </sys/class/dmi/id/product_serial && [ "$serial" = snapdisc-profile ]
} 2>/dev/null

# live.trace: the kernel's log has a line for each request to a drive; end-of-boot makes a file of them. TRACE,
# its first line, says which of the drives has the disc, which disc, and where its root image lies: what that disc is
# made of may lie elsewhere on another one. Of a partition the kernel tells the drive's sectors.
begin_trace() {
	TRACE=
	[ "${live_trace:-no}" != no ] || return 0
	case $COMMAND_LINE in
	*trace_event=*block:block_rq_issue*tp_printk* | *tp_printk*trace_event=*block:block_rq_issue*) ;;
	*)
		cannot_trace "it needs more parameters: choose 'Record what the boot reads' in the menu"
		return
		;;
	esac
	if [ "$COMPRESSION" != none ]; then
		cannot_trace "this disc is compressed; record a disc that is not, its profile fits this one, too"
		return
	fi
	drive=/sys/class/block/${DISC#/dev/}
	if [ -d "$drive/dm" ]; then
		cannot_trace "what another program has mapped the disc from ($DISC) tells of no requests"
		return
	fi
	behind=
	if [ -e "$drive/partition" ]; then
		read -r start <"$drive/start"
		behind=" from $start"
		# Through the link: beside the partition are the drive's files.
		drive=$drive/..
	fi
	read -r number <"$drive/dev"
	TRACE="live: trace of $number $UUID${DIRECT:+ $ROOT_SECTOR}$behind"
}

cannot_trace() {
	warn "live.trace records nothing: $1"
	live_trace=no
}
