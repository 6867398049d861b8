# Work for the system that starts: scripts of /lib/live/late, which go to /run/live/late; and what goes
# into /etc/inittab where there is no systemd. # shellcheck shell=sh

# run_late NAME [ARGUMENT]: with systemd as the unit live-NAME.service, which nothing starts by itself;
# else from /etc/inittab, which sysvinit and busybox' init read, OpenRC's included, before services.
run_late() {
	mkdir -p /run/live/late
	cp "/lib/live/late/$1" /run/live/late/
	if starts_systemd; then
		mkdir -p /run/systemd/system
		cat >"/run/systemd/system/live-$1.service" <<-END
			[Service]
			Type=oneshot
			RemainAfterExit=yes
			ExecStart=/bin/sh /run/live/late/$*
		END
	elif [ -f /root/etc/inittab ]; then
		late_inittab "$@" | put /etc/inittab
	else
		note "$1 is left out: neither systemd nor /etc/inittab"
	fi
}

# busybox' init takes a name in front for a terminal, sysvinit wants one.
late_inittab() {
	grep -v "^[^:#]*::sysinit:/bin/sh /run/live/late/$1" /root/etc/inittab
	case $(readlink "/root$INIT") in
	*busybox) name= ;;
	*) name=l$(echo "$1" | cut -c 1-3) ;;
	esac
	echo "$name::sysinit:/bin/sh /run/live/late/$*"
}

# Programs take its folder in /run for a sign that systemd runs (sd_booted(3)): they would ask it for services.
forget_systemd() {
	starts_systemd || rm -rf /run/systemd
}

# systemd looks for /run/initramfs/shutdown by itself. busybox' init comes to it last of what its inittab
# wants at the end; Debian's sysvinit instead of that part of its scripts that switches the machine off. What is
# run from memory needs mounts of its own: their scripts mount /run anew, with noexec, and with a tenth of all
# memory, which on small machines is too little to unpack dmsetup.
end_in_memory() {
	! starts_systemd || return 0
	mkdir -p /run/live/late
	for folder in /run/initramfs /run/live/bin /run/live/late; do
		mount -o bind $folder $folder
	done
	end='/bin/sh /run/initramfs/shutdown'
	case $(readlink "/root$INIT") in
	*busybox)
		[ -f /root/etc/inittab ] || return 0
		{
			grep -v "^::shutdown:$end" /root/etc/inittab
			echo "::shutdown:$end init"
		} | put /etc/inittab
		;;
	*)
		# shellcheck disable=SC2016 # for the script
		end_script halt '"${INIT_HALT:-POWEROFF}"'
		end_script reboot reboot
		edit /etc/default/tmpfs -e '/^RUN_SIZE=/d' -e "\$aRUN_SIZE=75%"
		;;
	esac
}

# end_script NAME WORD: in a store that lasts it has our line already.
end_script() {
	edit "/etc/init.d/$1" -e '2{/initramfs/d}' -e "1a\\[ \"\$1\" != stop ] || exec $end $2"
}

# ID:LEVELS:respawn:getty ... tty1 becomes a line that logs in. busybox' init has the terminal as ID,
# no levels, and opens it itself: login will do there.
autologin_inittab() {
	login=$(program_in_root login)
	set -f
	while IFS= read -r line; do
		terminal=$(getty_terminal "$line")
		levels=${line#*:}
		levels=${levels%%:*}
		start=${line%%:*}:$levels:respawn
		if [ -z "$terminal" ]; then
			echo "$line"
		elif [ -n "$agetty" ]; then
			echo "$start:$agetty --autologin $1 --noclear $terminal"
		elif [ -z "$levels" ] && [ -n "$login" ]; then
			echo "$start:$login -f $1"
		else
			echo "$line"
		fi
	done
	set +f
}

# Prints tty1 or ttyS0 when a line of /etc/inittab has a getty for it.
getty_terminal() {
	case $1 in
	'#'*) return ;;
	*:*:respawn:*getty\ * | *:*:askfirst:*getty\ *) ;;
	*) return ;;
	esac
	for word in ${1#*:*:*:}; do
		case ${word#/dev/} in
		tty1 | ttyS0)
			echo "${word#/dev/}"
			return
			;;
		esac
	done
}
