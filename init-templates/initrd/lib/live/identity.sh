# What tells one machine from another must not be on a disc that many machines start from.
# shellcheck shell=sh

prepare_identity() {
	debug_stop prepare_identity
	# What is ours begins with this, and stays when changes are kept on a disk.
	OURS=$(echo "$UUID" | cut -c 1-8)
	make_machine_id
	prepare_ssh_keys
}

# With an ID of its own, systemd takes no start for the first one, which would ask questions.
make_machine_id() {
	starts_systemd || [ -f /root/etc/machine-id ] || return 0
	id=
	read -r id 2>/dev/null </root/etc/machine-id
	case $id in
	"$OURS"*) return ;;
	esac
	id=$OURS$(tr -d - </proc/sys/kernel/random/uuid | cut -c 9-32)
	echo "$id" | put /etc/machine-id
	# D-Bus may have a copy of its own.
	file=/var/lib/dbus/machine-id
	[ -L "/root$file" ] || [ ! -s "/root$file" ] || echo "$id" | put "$file"
}

# Host keys that came with the disc are everybody's: they go, unless live.ssh_keys=keep. New ones are
# made when the system starts, when there is more randomness, and only if sshd is started.
prepare_ssh_keys() {
	program_in_root sshd >/dev/null || return 0
	program_in_root ssh-keygen >/dev/null || return 0
	case ${live_ssh_keys:-new} in
	keep) ;;
	new) remove_foreign_keys ;;
	*)
		warn "live.ssh_keys=$live_ssh_keys is not known (new, keep); using new"
		remove_foreign_keys
		;;
	esac
	run_late ssh-keys
	starts_systemd || return 0
	for unit in ssh sshd sshd@; do
		mkdir -p "/run/systemd/system/$unit.service.d"
		printf '[Unit]\nWants=live-ssh-keys.service\nAfter=live-ssh-keys.service\n' \
			>"/run/systemd/system/$unit.service.d/live-ssh-keys.conf"
	done
}

remove_foreign_keys() {
	! has_started_before || return 0
	for key in /root/etc/ssh/ssh_host_*_key; do
		[ -e "$key" ] || continue
		grep -qs "live-$OURS" "$key.pub" || rm -f "$key" "$key.pub"
	done
	# The next start takes those there are for the user's own.
	[ "$PERSISTENT" = no ] || sync
}
