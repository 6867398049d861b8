# Work for the system that starts: scripts of /lib/live/late, which go to /run/live/late.
# shellcheck shell=sh

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
