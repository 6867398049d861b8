# live.check: compares the disc with the checksums it carries (docs/checksums.md). # shellcheck shell=sh

check_medium() {
	debug_stop check_medium
	BAD_BLOCKS=
	case ${live_check:-no} in
	no) return ;;
	yes) ;;
	*)
		warn "live.check=$live_check is neither yes nor no; the disc is not checked"
		return
		;;
	esac
	if [ "$CHECKSUMS_BYTES" = 0 ]; then
		warn "this disc was built without checksums: it cannot be checked"
	elif [ -z "$DIRECT" ]; then
		warn "this disc was mastered anew, its files lie elsewhere: it cannot be checked"
	elif disc_is_good; then
		warn "the disc is good: all of it is as it was built"
	else
		warn "the disc is damaged: $DAMAGE"
		decide_about_damage
	fi
	rm -f /run/live/checksums
}

# Going on is what happens when nobody answers: the machine may have nobody, and starting anew would
# only find the same damage, for ever where live.check is built in.
decide_about_damage() {
	while :; do
		to_consoles 'live: Type c to continue all the same, r to restart, s for a shell, then Enter.\n'
		to_consoles 'live: Without an answer the start continues in 30 seconds.\n'
		choose 30 c r s
		case $CHOICE in
		c) break ;;
		r) reboot -f ;;
		s) shell_at "$CHOICE_CONSOLE" ;;
		esac
	done
	warn "going on with a damaged disc: what lies in the damaged place cannot be used"
}

# Sets DAMAGE, in words, when it fails. Stops at the first bad place: a scratched disc can have
# thousands, each worth minutes.
disc_is_good() {
	say "checking the disc"
	DAMAGE="its list of checksums is damaged or cannot be read, at \
$(place_on_disc $((CHECKSUMS_BLOCK * 2048)) "$CHECKSUMS_BYTES")"
	take_checksums || return 1
	DAMAGE="the drive $DISC cannot be opened"
	# Kept open, the device keeps what was read ahead.
	check_blocks 3<"$DISC"
}

# The list vouches for itself with its last line.
take_checksums() {
	dd if="$DISC" bs=2048 skip="$CHECKSUMS_BLOCK" count=$(((CHECKSUMS_BYTES + 2047) / 2048)) \
		2>/dev/null | head -c "$CHECKSUMS_BYTES" >/run/live/checksums
	[ "$(head -n 1 /run/live/checksums)" = "snapdisc-checksums 2" ] &&
		[ "$(sed '$d' /run/live/checksums | sha256sum)" = "$(sed -n '$s/^self //p' /run/live/checksums)  -" ]
}

# Reads on from one block to the next, so that an optical drive streams; the list is in the order of
# the disc.
check_blocks() {
	while read -r key value _; do
		case $key in
		snapdisc-checksums | hash | file | self) ;;
		block) block=$value ;;
		start) start=$value ;;
		end)
			end=$value
			at=$start
			# The system area is a multiple of 2 KiB.
			dd bs=2048 skip=$((start / 2048)) count=0 <&3 2>/dev/null
			progress_begin "checking the disc" $(((end - start) / 2048))
			;;
		*)
			size=$block
			[ $((end - at)) -ge "$block" ] || size=$((end - at))
			if [ "$(read_block "$size" | sha256sum)" != "$key  -" ]; then
				progress_end $(((at - start) / 2048))
				describe_damage "$at" "$size"
				return 1
			fi
			at=$((at + size))
			progress $(((at - start) / 2048))
			;;
		esac
	done </run/live/checksums
	progress_end $(((at - start) / 2048))
}

# The next $1 bytes of the disc, in few reads.
read_block() {
	bytes=65536
	[ $(($1 % bytes)) -eq 0 ] || bytes=2048
	dd bs=$bytes count=$(($1 / bytes)) <&3 2>/dev/null
}

# describe_damage AT SIZE: what cannot be read ends the reading at the very place; of what reads but is
# wrong only the block is known.
describe_damage() {
	how="is not what was built"
	good=$(dd if="$DISC" bs=2048 skip=$(($1 / 2048)) count=$(($2 / 2048)) 2>/dev/null | wc -c)
	if [ "$good" -lt "$2" ]; then
		how="cannot be read"
		set -- $(($1 + good)) 2048
	fi
	DAMAGE="it $how at $(place_on_disc "$1" "$2"), in $(files_at "$1" "$2")"
	BAD_BLOCKS=$(root_blocks "$1" $(($1 + $2)))
}

# root_blocks BYTE END: blocks of the root file system that lie there, wholly or partly, in a line.
root_blocks() {
	start=$((ROOT_SECTOR * 512))
	first=$((($1 - start) / 4096))
	[ "$1" -gt "$start" ] || first=0
	last=$((($2 - start - 1) / 4096))
	[ "$last" -lt $((IMAGE_SECTORS / 8)) ] || last=$((IMAGE_SECTORS / 8 - 1))
	[ "$2" -le "$start" ] || seq "$first" "$last" | tr '\n' ' '
}

# Which files of the root file system are damaged: that its debugfs can tell as soon as it is mounted.
name_damage() {
	debug_stop name_damage
	[ -n "$BAD_BLOCKS" ] || return 0
	mount -o bind /dev /root/dev
	inodes=$(numbered "icheck $BAD_BLOCKS" | sort -u | tr '\n' ' ')
	[ -z "$inodes" ] || numbered "ncheck $inodes" >/run/live/damaged
	umount /root/dev
	[ -s /run/live/damaged ] || return 0
	warn "the damaged place is in $(awk '
		{ sub("^/+", "/") }
		NR <= 5 { printf "%s%s", (NR > 1 ? ", " : ""), $0 }
		END { if (NR > 5) printf " and %d more (/run/live/damaged)", NR - 5 }' /run/live/damaged)"
}

# numbered REQUEST: what debugfs has found, the second column of its lines that begin with a number.
numbered() {
	in_image debugfs -c -R "$1" /dev/mapper/live-origin 2>/dev/null |
		sed -n 's/^[0-9][0-9]*[[:space:]][[:space:]]*\([^<]\)/\1/p'
}

# place_on_disc BYTE SIZE, for people.
place_on_disc() {
	echo "byte $1 to $(($1 + $2 - 1)), from 2 KiB block $(($1 / 2048)) on"
}

# files_at BYTE SIZE: the files that lie there, wholly or partly.
files_at() {
	names=
	while read -r key first end name; do
		[ "$key" = file ] && [ "$first" -lt $(($1 + $2)) ] && [ "$end" -gt "$1" ] &&
			names="$names${names:+ or }$name"
	done </run/live/checksums
	echo "${names:-the directory of the disc}"
}
