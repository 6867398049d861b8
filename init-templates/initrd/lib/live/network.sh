# Addresses by DHCP on every wired interface (live.net=auto|dhcp|no), through what the system uses for
# its network. The interfaces are not there yet: the drivers are the system's. # shellcheck shell=sh

prepare_network() {
	debug_stop prepare_network
	mode=${live_net:-auto}
	case $mode in
	no) return ;;
	auto | dhcp) ;;
	*)
		warn "live.net=$mode is not known (auto, dhcp, no); using auto"
		mode=auto
		;;
	esac
	managers=$(network_managers | tr '\n' ' ')
	note "network: $mode, managed by ${managers:-nothing}"
	if [ "$mode" = dhcp ]; then
		case $managers in *ifupdown*) forget_interfaces ;; esac
	fi
	# One of them asks for addresses.
	case $managers in
	*NetworkManager*) networkmanager_dhcp "$mode" ;;
	*networkd*) networkd_dhcp "$mode" ;;
	*itself*) ;;
	*ifupdown*) late_dhcp ifupdown ;;
	*) late_dhcp client ;;
	esac
}

# Prints what the new root manages its network with, as far as it is switched on.
network_managers() {
	service_is_enabled NetworkManager network-manager && echo NetworkManager
	{ service_is_enabled systemd-networkd || uses_netplan; } && echo networkd
	service_is_enabled networking networking && echo ifupdown
	# These ask for addresses on every interface by themselves.
	for name in connman dhcpcd; do
		service_is_enabled "$name" "$name" && echo itself
	done
	return 0
}

# service_is_enabled UNIT [SCRIPT]: for systemd, else for the runlevels of sysvinit or OpenRC.
service_is_enabled() {
	if starts_systemd; then
		unit_is_enabled "$1.service"
		return
	fi
	[ -n "${2:-}" ] || return 1
	for link in /root/etc/rc[S2-5].d/S??"$2" /root/etc/runlevels/*/"$2" /root/etc/runlevels/*/"$1"; do
		[ -e "$link" ] || [ -L "$link" ] || continue
		return 0
	done
	return 1
}

# It writes networkd's files when the system starts, and has networkd started.
uses_netplan() {
	starts_systemd && in_root /usr/sbin/netplan &&
		grep -qs 'network:' /root/etc/netplan/*.yaml && ! unit_is_enabled NetworkManager.service
}

# Of files in /etc, /run and /usr/lib the first that fits an interface counts, in the order of names.
networkd_dhcp() {
	name=zz-live
	[ "$1" = auto ] || name=0-live
	mkdir -p /run/systemd/network
	cat >"/run/systemd/network/$name.network" <<-END
		[Match]
		Type=ether
		Kind=!*
		[Network]
		DHCP=yes
	END
}

# A profile for all wired interfaces: behind those of the system, or before all of them.
networkmanager_dhcp() {
	priority=-999
	[ "$1" = auto ] || priority=999
	folder=/run/NetworkManager/system-connections
	mkdir -p "$folder"
	cat >"$folder/live.nmconnection" <<-END
		[connection]
		id=Live wired
		uuid=$(cat /proc/sys/kernel/random/uuid)
		type=ethernet
		autoconnect-priority=$priority
		multi-connect=3
		[ipv4]
		method=auto
		[ipv6]
		method=auto
	END
	# It takes no profile that others can read.
	chmod 700 "$folder"
	chmod 600 "$folder/live.nmconnection"
}

# Static settings of ifupdown; NetworkManager leaves interfaces alone that are named there.
forget_interfaces() {
	printf 'auto lo\niface lo inet loopback\n' | put /etc/network/interfaces
}

# late_dhcp KIND: when an interface appears. With systemd nothing runs on a machine that has none.
late_dhcp() {
	if ! starts_systemd; then
		run_late dhcp "$1"
		return
	fi
	mkdir -p /run/udev/rules.d /run/systemd/system /run/live/late
	cp /lib/live/late/dhcp /run/live/late/
	# Ethernet (ARPHRD_ETHER is 1) with a driver, neither wireless nor a bridge. A new name comes with
	# another event, which forgets what the first one asked for.
	cat >/run/udev/rules.d/85-live-dhcp.rules <<-'END'
		ACTION!="remove", SUBSYSTEM=="net", ATTR{type}=="1", ENV{DEVTYPE}=="", DRIVERS=="?*", TAG+="systemd", ENV{SYSTEMD_WANTS}+="live-dhcp@$name.service"
	END
	cat >/run/systemd/system/live-dhcp@.service <<-END
		[Unit]
		Description=DHCP on %i
		Wants=network.target
		Before=network.target
		After=networking.service
		[Service]
		RemainAfterExit=yes
		ExecStart=/bin/sh /run/live/late/dhcp $1 %i
	END
}
