# What there is in the new root, and changes to its files: each costs memory, so nothing is written
# that is there already. # shellcheck shell=sh

# Whether the new root has a file. An absolute symlink leads nowhere from here.
in_root() {
	[ -e "/root$1" ] || [ -L "/root$1" ]
}

# Prints the path of a program of the new root.
program_in_root() {
	for folder in /usr/sbin /usr/bin /sbin /bin; do
		in_root "$folder/$1" && echo "$folder/$1" && return
	done
	return 1
}

# Whether systemd is what will be started.
starts_systemd() {
	case $INIT$(readlink "/root$INIT") in
	*/systemd) ;;
	*) return 1 ;;
	esac
}

# unit_is_enabled NAME.service
unit_is_enabled() {
	[ "$(readlink "/root/etc/systemd/system/$1")" != /dev/null ] || return 1
	for link in /root/etc/systemd/system/*.wants/"$1" /root/usr/lib/systemd/system/*.wants/"$1" \
		/root/lib/systemd/system/*.wants/"$1"; do
		[ -e "$link" ] || [ -L "$link" ] || continue
		return 0
	done
	return 1
}

# put FILE: writes what comes on standard input to a file of the new root.
put() {
	cat >/run/live/edit
	if ! cmp -s /run/live/edit "/root$1"; then
		# A symlink may lead out of the new root.
		[ ! -L "/root$1" ] || rm "/root$1"
		mkdir -p "/root${1%/*}"
		# Into the file that is there, which keeps its owner and mode.
		cat /run/live/edit >"/root$1" || warn "$1 could not be written"
	fi
	rm /run/live/edit
}

# edit FILE SED-ARGUMENT...: a file of the new root that may be missing.
edit() {
	file=$1
	shift
	[ -f "/root$file" ] || return 0
	sed "$@" "/root$file" | put "$file"
}
