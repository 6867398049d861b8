# Changes what a device of the device mapper is made of, for the guard and the scripts beside it. # shellcheck shell=sh

# change_table NAME [--readonly]: from now on it has the table on standard input. To resume with a table that was
# loaded is one step for the kernel: it holds new requests back, lets those on their way finish, and changes
# tables. Nothing is read from / in between. When the kernel cannot take the table any more (a signal, a lack of
# memory, a device that has become smaller), the device stays suspended, and whoever reads waits for ever: then it goes
# on with the old one.
change_table() {
	resident sbin/dmsetup load "$@" || return 1
	resume_table "$1" && return
	resident sbin/dmsetup clear "$1"
	resume_table "$1"
	return 1
}

resume_table() {
	resident sbin/dmsetup resume "$1" --noudevsync --noudevrules --nolockfs
}
