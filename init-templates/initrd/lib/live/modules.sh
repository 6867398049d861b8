# Programs and kernel modules lie in compressed archives, drivers of one kind together; only what is
# used is unpacked. # shellcheck shell=sh

# dmsetup and its libraries, in a second step: the memory of the packed initrd is free by now. The
# archive is what stays in memory of them (resident.sh).
unpack_programs() {
	archive=$(archive_of /lib/live/programs) || return
	(cd / && unpack_archive "$archive" cpio -i -d -v 2>&1) >/run/live/programs
}

# load_module NAME [PARAMETER=VALUE...]
load_module() {
	modprobe -q -D "$@" 2>/dev/null >/run/live/modules.wanted
	insert_wanted
}

# load_modules NAME-OR-MODALIAS...: those that are in the initrd; what is missing is passed over.
load_modules() {
	modprobe -q -b -D -a "$@" 2>/dev/null >/run/live/modules.wanted
	insert_wanted
}

# modprobe -D has written lines "insmod FILE PARAMETERS", in the order of need: unpacks the files,
# one archive at a time, and inserts them.
insert_wanted() {
	for archive in /lib/modules/*/*.cpio*; do
		files=$(wanted_of_group "$archive")
		[ -n "$files" ] || continue
		# shellcheck disable=SC2086 # file names of ours, without spaces
		(cd "${archive%/*}" && unpack_archive "$archive" cpio -i -d -u $files 2>/dev/null)
	done
	while read -r _ file parameters; do
		[ -f "$file" ] || continue
		# shellcheck disable=SC2086 # parameters are words
		insmod "$file" $parameters 2>/dev/null
		rm "$file"
	done </run/live/modules.wanted
}

# Names in an archive (GROUP/NAME.ko) of the wanted modules that are not loaded yet.
wanted_of_group() {
	group=${1##*/}
	group=${group%%.cpio*}
	while read -r _ file _; do
		name=${file##*/}
		name=${name%.ko}
		case $file in
		*/"$group"/*) [ -d "/sys/module/$name/holders" ] || echo "$group/$name.ko" ;;
		esac
	done </run/live/modules.wanted | sort -u
}

# The archive NAME.cpio, however it is compressed here.
archive_of() {
	for archive in "$1".cpio "$1".cpio.gz "$1".cpio.xz; do
		[ -f "$archive" ] && echo "$archive" && return
	done
	return 1
}

# unpack_archive ARCHIVE COMMAND...: the command reads the archive unpacked.
unpack_archive() {
	archive=$1
	shift
	case $archive in
	*.xz) xzcat "$archive" ;;
	*.gz) gunzip -c "$archive" ;;
	*) cat "$archive" ;;
	esac | "$@"
}
