# Who can log in: live.user makes a user, live.autologin logs somebody in, with the outcome that
# `snapdisc build --user --autologin` has. # shellcheck shell=sh

# Groups of the person at the machine; wheel is what Alpine, Arch and Fedora call sudo.
PERSONAL_GROUPS='sudo wheel audio video cdrom plugdev netdev'

prepare_login() {
	debug_stop prepare_login
	user=${live_user:-}
	if [ -n "$user" ] && ! is_user_name "$user"; then
		warn "live.user=$user is no user name: lower-case letters, digits, _ and -, at most 32"
		user=
	fi
	autologin=${live_autologin:-}
	[ "$autologin" != yes ] || autologin=${user:-root}
	[ -z "$user" ] || has_account "$user" || add_user "$user" "$autologin"
	[ -z "$autologin" ] || log_in "$autologin"
}

is_user_name() {
	case $1 in
	# A bare live.user names nobody.
	yes | *[!a-z0-9_-]* | [!a-z_]*) return 1 ;;
	esac
	[ ${#1} -le 32 ]
}

has_account() {
	grep -q "^$1:" /root/etc/passwd 2>/dev/null
}

# add_user NAME WHO-IS-LOGGED-IN: locked, but for the one who is logged in the password is empty, so
# that sudo can be used.
add_user() {
	[ -f /root/etc/passwd ] || {
		warn "live.user: the system has no /etc/passwd"
		return
	}
	password='!'
	[ "$1" != "$2" ] || password=
	uid=$(free_id)
	gid=$(sed -n "s/^$1:[^:]*:\([0-9]*\):.*/\1/p" /root/etc/group | head -n 1)
	if [ -z "$gid" ]; then
		gid=$uid
		add_account /etc/group "$1:x:$gid:"
		add_account /etc/gshadow "$1:!::"
	fi
	join_groups "$1" /etc/group
	join_groups "$1" /etc/gshadow
	shell=/bin/sh
	! in_root /bin/bash || shell=/bin/bash
	field=$password
	[ ! -f /root/etc/shadow ] || field=x
	add_account /etc/shadow "$1:$password::0:99999:7:::"
	add_account /etc/passwd "$1:$field:$uid:$gid::/home/$1:$shell"
	make_home "/root/home/$1" "$uid:$gid"
}

# The lowest number from 1000 on that neither a user nor a group has.
free_id() {
	id=1000
	while grep -qs "^[^:]*:[^:]*:$id:" /root/etc/passwd /root/etc/group; do
		id=$((id + 1))
	done
	echo "$id"
}

# add_account FILE LINE: before the lines of NIS, which end the search in old C libraries.
add_account() {
	[ -f "/root$1" ] || return 0
	{
		grep -v '^[+-]' "/root$1"
		echo "$2"
		grep '^[+-]' "/root$1"
	} | put "$1"
}

# join_groups USER FILE: a member of those that are there; the fourth field has the members.
join_groups() {
	[ -f "/root$2" ] || return 0
	pattern=$(echo "$PERSONAL_GROUPS" | sed 's/ /\\|/g')
	edit "$2" -e "s/^\($pattern\):\([^:]*:[^:]*:..*\)\$/\1:\2,$1/" \
		-e "s/^\($pattern\):\([^:]*:[^:]*:\)\$/\1:\2$1/"
}

make_home() {
	[ ! -d "$1" ] || return 0
	mkdir -p "${1%/*}"
	if [ -d /root/etc/skel ]; then
		cp -a /root/etc/skel "$1"
	else
		mkdir "$1"
	fi
	chown -R "$2" "$1"
}

# The first console and the first serial port; other entrances ask as before.
log_in() {
	if ! is_user_name "$1" || ! has_account "$1"; then
		warn "live.autologin: the system has no user $1"
		return
	fi
	agetty=$(program_in_root agetty)
	if [ -n "$agetty" ] && starts_systemd; then
		# %I stands for the terminal; the name sorts behind that of the builder's own.
		autologin_unit getty@tty1 "$agetty --autologin $1 --noclear %I"
		autologin_unit serial-getty@ttyS0 "$agetty --autologin $1 --keep-baud 115200,57600,38400,9600 %I"
	elif [ -f /root/etc/inittab ]; then
		autologin_inittab "$1" </root/etc/inittab | put /etc/inittab
	else
		warn "live.autologin: the system has neither systemd with agetty nor /etc/inittab"
	fi
}

autologin_unit() {
	mkdir -p "/run/systemd/system/$1.service.d"
	# shellcheck disable=SC2016 # systemd expands $TERM
	printf '[Service]\nExecStart=\nExecStart=-%s $TERM\n' "$2" \
		>"/run/systemd/system/$1.service.d/live-autologin.conf"
}
