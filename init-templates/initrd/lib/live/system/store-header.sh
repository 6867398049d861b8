# The header of a store that lasts, 4 KiB of text in front of the snapshot's own data: sourced by the
# init and by live-persist. docs/persistence.md has the format. # shellcheck shell=sh

STORE_MAGIC='snapdisc store'
STORE_VERSION=1
# 512-byte sectors; the dm COW store follows.
STORE_HEADER_SECTORS=8
# As much as a store in RAM has at least (store.sh).
LEAST_STORE_SECTORS=2048

# header_text DISC-UUID CREATED SECTORS
header_text() {
	body=$(printf '%s %s\ndisc=%s\ncreated=%s\nsectors=%s' "$STORE_MAGIC" "$STORE_VERSION" "$@")
	printf '%s\nsha256=%s\n' "$body" "$(header_sum "$body")"
}

header_sum() {
	printf '%s\n' "$1" | sha256sum | cut -c 1-64
}

# read_header DEVICE: sets HEADER_DISC, HEADER_CREATED and HEADER_SECTORS; otherwise PROBLEM
# tells why not. Anybody can make a sum that fits: what is shown on consoles must be plain, what is
# reckoned with a number.
read_header() {
	header=$(dd if="$1" bs=4096 count=1 2>/dev/null | tr -d '\000')
	newline='
'
	PROBLEM=
	case $header in
	"$STORE_MAGIC $STORE_VERSION$newline"*) ;;
	"$STORE_MAGIC "*) PROBLEM="its store has a format that this disc does not know" ;;
	*) PROBLEM="it holds no store; 'live-persist create' makes one" ;;
	esac
	[ -z "$PROBLEM" ] || return 1
	body=${header%"${newline}sha256="*}
	HEADER_DISC=$(header_value disc)
	HEADER_CREATED=$(header_value created)
	HEADER_SECTORS=$(header_value sectors)
	PROBLEM="the store's header is damaged"
	case $HEADER_SECTORS in
	'' | *[!0-9]* | 0* | ????????????????*) return 1 ;;
	esac
	case $HEADER_DISC$HEADER_CREATED in
	*[!0-9a-fTZ:-]*) return 1 ;;
	esac
	[ "$HEADER_SECTORS" -ge "$LEAST_STORE_SECTORS" ] &&
		[ "${header##*"${newline}sha256="}" = "$(header_sum "$body")" ]
}

header_value() {
	printf '%s\n' "$body" | sed -n "s/^$1=//p"
}

# The kernel's header behind ours (drivers/md/dm-snap-persistent.c, struct disk_header): magic, valid,
# version, chunk size in sectors. Prints empty, used, invalid or foreign.
cow_state() {
	# shellcheck disable=SC2046 # four numbers
	set -- $(dd if="$1" bs=16 skip=256 count=1 2>/dev/null | od -A n -t x4)
	case $* in
	'00000000 '*) echo empty ;;
	'70416e53 00000001 00000001 00000008') echo used ;;
	'70416e53 00000000 '*) echo invalid ;;
	*) echo foreign ;;
	esac
}

# To the kernel a header of zeros is a new store. It writes its header before it empties the first table
# of what is stored: in between, a power cut must find that table empty already.
empty_store() {
	for chunk in 1 2; do
		dd if=/dev/zero of="$1" bs=4096 seek="$chunk" count=1 conv=notrunc,fsync 2>/dev/null || return 1
	done
}

is_encrypted() {
	[ "$(dd if="$1" bs=4 count=1 2>/dev/null)" = LUKS ]
}

# The label of a LUKS 2 header (48 bytes at 24): how the store of a disc is known from outside.
encrypted_label() {
	is_encrypted "$1" && dd if="$1" bs=24 skip=1 count=2 2>/dev/null | tr -d '\000'
}

# whole_disk KERNEL-NAME: the disk that a partition belongs to; nothing for whole disks.
whole_disk() {
	[ -e "/sys/class/block/$1/partition" ] || return 1
	path=$(readlink -f "/sys/class/block/$1")
	path=${path%/*}
	echo "${path##*/}"
}
