# An ISO that boots by isolinux, for the scripts beside this file. To be sourced.
# shellcheck shell=sh

readonly ISOLINUX=/usr/lib/ISOLINUX
readonly SYSLINUX_MODULES=/usr/lib/syslinux/modules/bios
readonly CONSOLES='console=tty0 console=ttyS0 quiet'

# isolinux_disc FOLDER LABEL PARAMETERS OUTPUT: masters what is in FOLDER, with live/vmlinuz and
# live/initrd.img in it; the kernel is as quiet as on a disc of ours.
isolinux_disc() {
  mkdir -p "$1/isolinux"
  cp "$ISOLINUX/isolinux.bin" "$SYSLINUX_MODULES/ldlinux.c32" "$1/isolinux/"
  printf '%s\n' 'serial 0 115200' 'default live' 'label live' 'kernel /live/vmlinuz' \
    "append initrd=/live/initrd.img $3 $CONSOLES" >"$1/isolinux/isolinux.cfg"
  xorriso -as mkisofs -quiet -r -iso-level 3 -V "$2" -o "$4" \
    -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot -boot-load-size 4 \
    -boot-info-table -isohybrid-mbr "$ISOLINUX/isohdpfx.bin" "$1"
}
