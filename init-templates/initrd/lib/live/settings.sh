# Settings: what the builder fixed, then what the kernel's command line says. # shellcheck shell=sh

mount_kernel_filesystems() {
	mount -t proc -o nosuid,nodev,noexec proc /proc
	mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
	mount -t devtmpfs -o nosuid,mode=0755 devtmpfs /dev
	mount -t tmpfs -o nosuid,nodev,mode=0755,size=20% tmpfs /run
	mkdir -p /run/live /root
}

# /etc/live.conf is the builder's: UUID, ROOT_FILE, ROOT_SECTOR, ... (docs/boot.md lists them).
read_settings() {
	# shellcheck source=/dev/null
	. /etc/live.conf
	WAIT=60
	COW_TYPE=PO
	COW_SIZE=auto
	ZRAM_SWAP=auto
	ZRAM_ALGO=
	DEBUG=
	INIT=/sbin/init
	read -r COMMAND_LINE </proc/cmdline
	for word in $COMMAND_LINE; do
		value=${word#*=}
		case $word in
		init=*) INIT=$value ;;
		live.origin=*) ORIGIN=$value ;;
		live.cow=*) COW=$value ;;
		live.cow_size=*) COW_SIZE=$value ;;
		live.cow_type=*) COW_TYPE=$value ;;
		live.wait=*) WAIT=$value ;;
		live.zram_swap=* | zram_size_pct=*) ZRAM_SWAP=$value ;;
		live.zram_algo=*) ZRAM_ALGO=$value ;;
		live.debug | initrddebug=y) DEBUG=switch_to_root ;;
		live.debug=*) DEBUG=$value ;;
		esac
	done
	MEMORY_KIB=$(memory_kib MemTotal)
	check_numbers
}

# A word that is no number must not reach the shell's arithmetic: an error there ends this script,
# and with it the machine.
check_numbers() {
	WAIT=$(whole_number "$WAIT") || {
		warn "live.wait is not a number of seconds; waiting 60"
		WAIT=60
	}
	[ "$ZRAM_SWAP" = auto ] || ZRAM_SWAP=$(whole_number "${ZRAM_SWAP%\%}") || {
		warn "live.zram_swap is not a percentage; using the default"
		ZRAM_SWAP=auto
	}
}

# Decimal digits without leading zeros, which arithmetic would take for octal.
whole_number() {
	case $1 in
	'' | *[!0-9]*) return 1 ;;
	esac
	number=$1
	while [ "${number#0}" != "$number" ] && [ "$number" != 0 ]; do
		number=${number#0}
	done
	echo "$number"
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
