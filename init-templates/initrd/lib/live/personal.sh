# Name, time zone, keyboard and language, as the kernel's command line asks for them.
# shellcheck shell=sh

prepare_settings() {
	debug_stop prepare_settings
	[ -z "${live_hostname:-}" ] || set_hostname "$live_hostname"
	[ -z "${live_timezone:-}" ] || set_timezone "$live_timezone"
	[ -z "${live_keyboard:-}" ] || set_keyboard "$live_keyboard"
	[ -z "${live_locale:-}" ] || set_locale "$live_locale"
}

# The machine must know its own name, too: programs such as sudo look it up.
set_hostname() {
	case $1 in
	yes | *[!A-Za-z0-9.-]* | -* | .*)
		warn "live.hostname=$1 is no host name: letters, digits, - and ."
		return
		;;
	esac
	echo "$1" >/proc/sys/kernel/hostname
	echo "$1" | put /etc/hostname
	if grep -q '^127\.0\.1\.1[[:space:]]' /root/etc/hosts 2>/dev/null; then
		edit /etc/hosts "s/^127\.0\.1\.1[[:space:]].*/127.0.1.1 $1/"
	else
		{
			cat /root/etc/hosts 2>/dev/null || echo "127.0.0.1 localhost"
			echo "127.0.1.1 $1"
		} | put /etc/hosts
	fi
}

set_timezone() {
	case $1 in
	*[!A-Za-z0-9_/+-]* | /*) zone= ;;
	*) zone=/usr/share/zoneinfo/$1 ;;
	esac
	if [ -z "$zone" ] || ! in_root "$zone" || [ -d "/root$zone" ]; then
		warn "live.timezone=$1 is not among the system's time zones (Europe/Berlin)"
		return
	fi
	ln -sf "$zone" /root/etc/localtime
	# Debian's second place for it.
	[ ! -f /root/etc/timezone ] || echo "$1" | put /etc/timezone
}

# LAYOUT or LAYOUT:VARIANT, in the names of XKB: for Debian's console-setup and for systemd.
set_keyboard() {
	case $1 in
	yes | *[!A-Za-z0-9_,:-]* | :* | *:*:*)
		warn "live.keyboard=$1 is no LAYOUT or LAYOUT:VARIANT (de:nodeadkeys)"
		return
		;;
	esac
	layout=${1%%:*}
	variant=
	[ "$layout" = "$1" ] || variant=${1#*:}
	if [ -f /root/etc/default/keyboard ]; then
		{
			sed '/^XKB\(LAYOUT\|VARIANT\)=/d' /root/etc/default/keyboard
			printf 'XKBLAYOUT="%s"\nXKBVARIANT="%s"\n' "$layout" "$variant"
		} | put /etc/default/keyboard
	fi
	# Keyboard tables of the console are named after the first layout.
	{
		[ ! -f /root/etc/vconsole.conf ] ||
			sed '/^\(KEYMAP\|XKBLAYOUT\|XKBVARIANT\)=/d' /root/etc/vconsole.conf
		echo "KEYMAP=${layout%%,*}${variant:+-${variant%%,*}}"
		printf 'XKBLAYOUT=%s\nXKBVARIANT=%s\n' "$layout" "$variant"
	} | put /etc/vconsole.conf
}

set_locale() {
	case $1 in
	yes | *[!A-Za-z0-9_.@-]* | .*)
		warn "live.locale=$1 is no locale (de_DE.UTF-8)"
		return
		;;
	esac
	has_locale "$1" || {
		warn "the system has no locale $1 (live.locale): it stays as it is"
		return
	}
	file=/etc/locale.conf
	[ ! -d /root/etc/default ] || ! in_root /etc/debian_version || file=/etc/default/locale
	{
		[ ! -f "/root$file" ] || grep -Ev '^(LANG|LANGUAGE|LC_ALL)=' "/root$file"
		echo "LANG=$1"
	} | put "$file"
}

# glibc keeps locales in folders or in one archive, under names like de_DE.utf8; the C library musl
# takes any name.
has_locale() {
	case $1 in
	C | POSIX | C.UTF-8 | C.utf8) return 0 ;;
	esac
	[ -d /root/usr/lib/locale ] || return 0
	compiled=$(echo "$1" | sed -e 's/UTF-8/utf8/')
	[ -d "/root/usr/lib/locale/$1" ] || [ -d "/root/usr/lib/locale/$compiled" ] ||
		grep -qF "$compiled" /root/usr/lib/locale/locale-archive 2>/dev/null
}
