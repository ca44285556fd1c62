# shellcheck shell=bash
# Sourced by the scripts beside it: settings and messages.
#
#   HOLDFAST_VM_STATE   folder for the image and the machine    (build/vm)
#   HOLDFAST_VM_KERNEL  vmlinuz; its modules in /lib/modules    (newest cloud kernel in /boot)
#   HOLDFAST_VM_MIRROR  Debian mirror                           (that of this machine's apt)
#   HOLDFAST_VM_CPUS, HOLDFAST_VM_MEMORY_MIB                    (2, 1024)
#   HOLDFAST_VM_BOOT_TIMEOUT_S                                  (180)
set -euo pipefail
umask 022

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd -- "$here/../.." && pwd -P)
state=${HOLDFAST_VM_STATE:-$root/build/vm}
image=$state/image     # disk.img initrd vmlinuz key hostkey known_hosts stamp
machine=$state/machine # disk.img ready.log serial.log qemu (pid and start time) port
cpus=${HOLDFAST_VM_CPUS:-2}
memory_mib=${HOLDFAST_VM_MEMORY_MIB:-1024}
boot_timeout_s=${HOLDFAST_VM_BOOT_TIMEOUT_S:-180}

say() { printf 'vm: %s\n' "$*" >&2; }
die() {
  say "$@"
  exit 1
}
need() {
  local program
  for program; do
    command -v "$program" >/dev/null || die "needs $program; see test/vm/README.md"
  done
}

mkdir -p "$state"
