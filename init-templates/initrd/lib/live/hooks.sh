# Scripts of users: --initrd-hook's, those on the disc, those in the root file system; in this order,
# each kind in the order of names. # shellcheck shell=sh

run_hooks() {
	debug_stop run_hooks
	run_scripts_of /lib/live/hooks
	run_scripts_of /run/live/medium/live/hooks
	[ ! -d /root/etc/live/hooks.d ] || run_root_hooks
}

run_scripts_of() {
	for hook in "$1"/*; do
		[ -f "$hook" ] || continue
		run_hook "$hook" "$hook"
	done
}

# In the new root, which has the kernel's file systems for that time.
run_root_hooks() {
	for filesystem in proc sys dev run; do
		mount -o bind "/$filesystem" "/root/$filesystem"
	done
	for hook in /root/etc/live/hooks.d/*; do
		[ -f "$hook" ] || continue
		run_hook "$hook" chroot /root "/etc/live/hooks.d/${hook##*/}"
	done
	for filesystem in run dev sys proc; do
		umount "/root/$filesystem"
	done
}

# run_hook FILE COMMAND...: what was asked for on the command line is in its environment.
run_hook() {
	name=${1##*/}
	if [ ! -x "$1" ]; then
		warn "the hook $name is not executable: it was not run"
		return
	fi
	shift
	note "hook $name"
	(
		for parameter in $(set | sed -n 's/^\(live_[a-z_]*\)=.*/\1/p'); do
			export "${parameter?}"
		done
		export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
		export LIVE_DISC="$DISC" LIVE_MEDIUM=/run/live/medium LIVE_UUID="$UUID"
		exec "$@" </dev/null
	) || warn "the hook $name failed with status $?"
}
