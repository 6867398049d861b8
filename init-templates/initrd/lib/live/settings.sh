# Settings: what the builder fixed, then what the kernel's command line says. # shellcheck shell=sh

mount_kernel_filesystems() {
	mount -t proc -o nosuid,nodev,noexec proc /proc
	mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
	mount -t devtmpfs -o nosuid,mode=0755 devtmpfs /dev
	# A limit that programs of small machines pass, too: systemd wants 16 MiB free to take in a new unit.
	mount -t tmpfs -o nosuid,nodev,mode=0755,size=75% tmpfs /run
	mkdir -p /run/live /root
}

# /etc/live.conf is the builder's: UUID, ROOT_FILE, ROOT_SECTOR, ... (docs/boot.md lists them).
# docs/boot-parameters.md has every parameter; its test finds them here by their names, live_*.
read_settings() {
	# shellcheck source=/dev/null
	. /etc/live.conf
	read -r COMMAND_LINE </proc/cmdline
	read_parameters
	ORIGIN=${live_origin:-$ORIGIN}
	COW=${live_cow:-$COW}
	COW_TYPE=${live_cow_type:-PO}
	COW_SIZE=${live_cow_size:-auto}
	WAIT=${live_wait:-60}
	ZRAM_SWAP=${live_zram_swap:-auto}
	ZRAM_ALGO=${live_zram_algo:-}
	EJECT=yes
	[ "${live_eject:-}" != no ] || EJECT=no
	DRIVE_SPEED=${live_drive_speed:-8}
	DEBUG=${live_debug:-}
	case $DEBUG in
	yes) DEBUG=switch_to_root ;;
	no) DEBUG= ;;
	esac
	MEMORY_KIB=$(memory_kib MemTotal)
	check_words
	check_numbers
}

# The kernel's command line: live.NAME=VALUE becomes $live_NAME; a bare live.NAME means yes. The last
# one wins, as with the kernel's own.
read_parameters() {
	INIT=/sbin/init
	# A word may look like a pattern of files.
	set -f
	for word in $COMMAND_LINE; do
		case $word in
		live.*=*) set_parameter "${word%%=*}" "${word#*=}" ;;
		live.*) set_parameter "$word" yes ;;
		# As other systems spell them.
		zram_size_pct=*) live_zram_swap=${word#*=} ;;
		initrddebug=y) live_debug=yes ;;
		findiso=* | iso-scan/filename=*) live_iso=${word#*=} ;;
		init=*) INIT=${word#*=} ;;
		esac
	done
	set +f
}

# set_parameter live.NAME VALUE
set_parameter() {
	case ${1#live.} in
	'' | *[!a-z_]*) ;;
	*) eval "live_${1#live.}=\$2" ;;
	esac
}

# What is not known must not get as far as the tools' /run/live/state, or to another meaning than yes and no.
check_words() {
	case $ORIGIN in
	direct | loop) ;;
	*)
		warn "live.origin=$ORIGIN is not known (direct, loop); using direct"
		ORIGIN=direct
		;;
	esac
	case $COW_TYPE in
	PO | P | N) ;;
	*)
		warn "live.cow_type=$COW_TYPE is not known (PO, P, N); using PO"
		COW_TYPE=PO
		;;
	esac
	case $ZRAM_ALGO in
	*[!a-z0-9-]*)
		warn "live.zram_algo=$ZRAM_ALGO is no name of an algorithm; using the kernel's"
		ZRAM_ALGO=
		;;
	esac
	# The stages are part of the init.
	if [ -n "$DEBUG" ] && ! grep -qxF "	debug_stop $DEBUG" /init; then
		warn "live.debug=$DEBUG is no stage (load_drivers, find_medium ... switch_to_root); nothing stops before it"
		DEBUG=
	fi
}

# A word that is no number must not reach the shell's arithmetic: an error there ends this script,
# and with it the machine.
check_numbers() {
	WAIT=$(whole_number "$WAIT") || {
		warn "live.wait is not a number of seconds; waiting 60"
		WAIT=60
	}
	DRIVE_SPEED=$(whole_number "${DRIVE_SPEED:-8}") || {
		warn "live.drive_speed is not a number; using 8"
		DRIVE_SPEED=8
	}
	[ "$ZRAM_SWAP" = auto ] || ZRAM_SWAP=$(whole_number "${ZRAM_SWAP%\%}") || {
		warn "live.zram_swap is not a percentage; using the default"
		ZRAM_SWAP=auto
	}
}

# Decimal digits without leading zeros, which arithmetic would take for octal, and no more of them than it can
# multiply.
whole_number() {
	case $1 in
	'' | *[!0-9]*) return 1 ;;
	esac
	number=$1
	while [ "${number#0}" != "$number" ] && [ "$number" != 0 ]; do
		number=${number#0}
	done
	[ "${#number}" -le 11 ] && echo "$number"
}

# The value of one line of /proc/meminfo, in KiB.
memory_kib() {
	while read -r key value _; do
		[ "$key" = "$1:" ] && echo "$value" && return
	done </proc/meminfo
}

# A size as people write it (64M, 1G, 50%, plain bytes) in KiB; % is of all memory.
size_kib() {
	number=$(whole_number "${1%[%KMGkmg]}") || return 1
	case $1 in
	*%) echo $((MEMORY_KIB * number / 100)) ;;
	*[Kk]) echo "$number" ;;
	*[Mm]) echo $((number * 1024)) ;;
	*[Gg]) echo $((number * 1048576)) ;;
	*) echo $((number / 1024)) ;;
	esac
}
