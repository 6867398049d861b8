# Kernel modules: they lie compressed one by one, and only what is loaded is unpacked, one at a
# time. # shellcheck shell=sh

# load_module NAME [PARAMETER=VALUE...]
load_module() {
	modprobe -q -D "$@" 2>/dev/null | insert_listed
}

# load_modules NAME-OR-MODALIAS...: those that are in the initrd; what is missing is passed over.
load_modules() {
	modprobe -q -b -D -a "$@" 2>/dev/null | insert_listed
}

# Reads modprobe -D's "insmod FILE PARAMETERS" lines, which are in the order of need. busybox's own
# modprobe would offer each compressed file to the kernel first, which logs an error every time.
insert_listed() {
	while read -r _ file parameters; do
		name=${file##*/}
		name=$(echo "${name%%.*}" | tr - _)
		[ ! -d "/sys/module/$name/holders" ] || continue
		insert_module "$file" "$parameters"
	done
}

insert_module() {
	case $1 in
	*.xz) unpack="xzcat" ;;
	*.gz) unpack="zcat" ;;
	*) unpack="cat" ;;
	esac
	$unpack "$1" >/run/live/module.ko
	# shellcheck disable=SC2086 # parameters are words
	insmod /run/live/module.ko $2 2>/dev/null
	rm -f /run/live/module.ko
}
