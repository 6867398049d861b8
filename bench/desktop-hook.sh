# Makes the root filesystem $1 start a desktop by itself: an X server, a window manager and a browser,
# which is large, with a page. When the page is there, the first serial port says so.
# A text for debian-rootfs.sh --hook, which runs it with sh.
# shellcheck shell=sh

cat >"$1/usr/local/bin/desktop-session" <<'SESSION'
#!/bin/sh
icewm &
surf file:///usr/local/share/desktop.html &
# The window takes the page's title when the page has been loaded.
xdotool search --sync --onlyvisible --name 'A page for a browser' >/dev/null
echo 'The desktop is there.' >/dev/ttyS0
wait
SESSION
chmod 755 "$1/usr/local/bin/desktop-session"
echo '<!doctype html><title>A page for a browser</title><p>It is here.</p>' >"$1/usr/local/share/desktop.html"
cat >"$1/etc/systemd/system/desktop.service" <<'UNIT'
[Unit]
Description=A desktop
After=systemd-user-sessions.service

[Service]
Environment=HOME=/root
ExecStart=/usr/bin/xinit /usr/local/bin/desktop-session -- :0 vt7 -nolisten tcp

[Install]
WantedBy=multi-user.target
UNIT
mkdir -p "$1/etc/systemd/system/multi-user.target.wants"
ln -s ../desktop.service "$1/etc/systemd/system/multi-user.target.wants/desktop.service"
