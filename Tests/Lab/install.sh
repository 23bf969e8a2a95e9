#!/bin/bash
# Installs what the lab needs on a bare Debian 12, as root. Idempotent and quiet: a second run takes a second.
#
#   install.sh            the same as install.sh guest strongswan
#   install.sh build      what the build needs, no more
#   install.sh guest      the build, the guest kernel and tools
#   install.sh strongswan charon, swanctl and the Python client of the control protocol
#   install.sh peers      also libreswan and OpenIKED, unpacked beside the system (they claim strongSwan's paths)
#   install.sh trixie     also a Debian 13 tree: strongSwan 6.0.1 (multiple key exchanges), libreswan 5.2, OpenIKED 7.4
#                         and OpenSSL 3.5 (ML-KEM)
#   install.sh testing    also a tree of Debian testing: strongSwan 6.1 with ML-KEM; it moves, so it need not be had
#   install.sh qemu       also QEMU and Debian's stock kernel, unpacked: for what the small guest kernel does not have
#   install.sh systemd    also a small Debian tree with systemd as PID 1, for Tests/Lab/systemd
set -euo pipefail

lab=$(cd "$(dirname "$0")" && pwd)
cache=$lab/.cache
mkdir -p "$cache"

export DEBIAN_FRONTEND=noninteractive LC_ALL=C
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

kernel=(user-mode-linux busybox-static kmod)
strongswan=(charon-systemd strongswan-swanctl strongswan-pki libstrongswan-standard-plugins
    libstrongswan-extra-plugins libcharon-extra-plugins)
tools=(iproute2 iputils-ping iptables nftables procps tcpdump tshark openssl util-linux
    python3 python3-venv python3-cryptography ca-certificates)
build=(libssl-dev libsystemd-dev pkg-config)

say() { echo "lab: $*" >&2; }

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Package lists are fetched once, and only when something has to be fetched: a source that does not answer is not
# ours to mend.
update_lists() {
    [ -z "${lists_updated:-}" ] || return 0
    apt-get -qq update >"$cache/apt-update.log" 2>&1 || say "apt-get update had errors (see $cache/apt-update.log)"
    lists_updated=1
}

# No package may start its daemon on this machine: a denying policy stands while dpkg runs, the old one comes back.
deny_services() {
    policy=/usr/sbin/policy-rc.d
    if [ -e $policy ]; then mv $policy $policy.lab-saved; fi
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
    trap allow_services EXIT
}

allow_services() {
    rm -f $policy
    if [ -e $policy.lab-saved ]; then mv $policy.lab-saved $policy; fi
    trap - EXIT
}

install_packages() {
    local missing=() package
    for package in "$@"; do installed "$package" || missing+=("$package"); done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing ${missing[*]}"
    update_lists
    deny_services
    if ! apt-get -qq -y --no-install-recommends -o Dpkg::Options::=--force-confold install "${missing[@]}" \
        >"$cache/apt-install.log" 2>&1 </dev/null; then
        tail -n 20 "$cache/apt-install.log" >&2
        exit 1
    fi
    allow_services
    # charon must not start at the next boot of this machine either.
    if [ -d /run/systemd/system ]; then systemctl -q disable strongswan.service 2>/dev/null || true; fi
}

# The Python VICI client as other tools ship it, in an environment of its own. Without it one scenario is skipped: no
# reason to stop, nor to try again within the hour.
install_vici() {
    local venv=$cache/venv missing=$cache/vici-is-not-to-be-had
    if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import vici' 2>/dev/null; then return 0; fi
    if [ -n "$(find "$missing" -mmin -60 2>/dev/null)" ]; then return 0; fi
    say "installing the Python vici client"
    rm -rf "$venv"
    /usr/bin/python3 -m venv "$venv"
    if ! "$venv/bin/pip" -q --disable-pip-version-check --retries 1 install vici >"$missing" 2>&1; then
        say "the Python vici client is not to be had: see $missing"
    else
        rm -f "$missing"
    fi
}

# unpack NAME PACKAGE...: the packages' files below .cache/trees/NAME, nothing installed.
unpack() {
    local name=$1 tree=$cache/trees/$1
    shift
    [ ! -e "$tree/.complete" ] || return 0
    say "unpacking $*"
    update_lists
    rm -rf "$tree" "$tree.debs"
    mkdir -p "$tree" "$tree.debs"
    (cd "$tree.debs" && apt-get -qq download "$@" >"$cache/apt-download.log" 2>&1)
    local file
    for file in "$tree.debs"/*.deb; do dpkg -x "$file" "$tree"; done
    rm -rf "$tree.debs"
    touch "$tree/.complete"
}

install_peers() {
    # Libraries are shared with the system; the two daemons' own files stay apart.
    install_packages libnss3 libnss3-tools libnspr4 libldns3 libunbound8 libevent-2.1-7 \
        libevent-pthreads-2.1-7 libcap-ng0 libcurl3-nss libldap-2.5-0 libpam0g libaudit1 libevent-core-2.1-7 \
        libevent-extra-2.1-7 libevent-openssl-2.1-7
    unpack libreswan libreswan
    unpack openiked openiked
}

# Debian's own kernel, with all its modules, and what is needed to get from power-on to this machine's files: the
# modules of 9p over virtio and a shell, as an initial file system. Nothing of it is installed as a kernel.
install_qemu() {
    local tree=$cache/trees/qemu release module
    install_packages qemu-system-x86 busybox-static kmod
    [ ! -e "$tree/initrd" ] || return 0
    update_lists
    unpack qemu "$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p')"
    release=$(ls "$tree/lib/modules")
    depmod -b "$tree" "$release"
    rm -rf "$tree/initial"
    mkdir -p "$tree/initial/bin" "$tree/initial/dev" "$tree/initial/proc" "$tree/initial/mnt"
    cp /bin/busybox "$tree/initial/bin/busybox"
    for module in virtio_pci 9pnet_virtio 9p; do
        modprobe -d "$tree" -S "$release" --show-depends "$module"
    done | sed -n 's/^insmod //p' | awk '!seen[$1]++ { print $1 }' >"$tree/modules"
    while read -r module; do cp "$module" "$tree/initial/"; done <"$tree/modules"
    {
        echo '#!/bin/busybox sh'
        sed 's,.*/,/bin/busybox insmod /,' "$tree/modules"
        cat <<'END'
/bin/busybox mount -t proc proc /proc
# The kernel hands `lab_...` over from its command line as environment variables.
/bin/busybox mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288,cache=loose host /mnt
/bin/busybox umount /proc
exec /bin/busybox switch_root /mnt "$lab_init"
END
    } >"$tree/initial/init"
    chmod 755 "$tree/initial/init"
    (cd "$tree/initial" && find . | busybox cpio -o -H newc 2>/dev/null) >"$tree/initrd.new"
    ln -sf "boot/vmlinuz-$release" "$tree/kernel"
    mv "$tree/initrd.new" "$tree/initrd"
}

install_systemd_tree() {
    local tree=$cache/trees/systemd
    [ ! -e "$tree/.complete" ] || return 0
    install_packages debootstrap
    say "bootstrapping a Debian tree with systemd"
    rm -rf "$tree"
    mkdir -p "$cache/trees"
    # An empty environment: nothing of this machine's session may leak into the tree.
    env -i PATH="$PATH" LC_ALL=C debootstrap --variant=minbase \
        --include=systemd,systemd-sysv,dbus,iproute2,iputils-ping,kmod,libssl3,libsystemd0,procps \
        bookworm "$tree" >"$cache/debootstrap.log" 2>&1 ||
        { tail -n 20 "$cache/debootstrap.log" >&2; exit 1; }
    touch "$tree/.complete"
}

charon_tree=charon-systemd,strongswan-swanctl,libstrongswan-standard-plugins,libstrongswan-extra-plugins,libcharon-extra-plugins,libsystemd0,libssl3t64,iproute2,iputils-ping

# bootstrap SUITE: a Debian tree with strongSwan below .cache/trees/SUITE.
bootstrap() {
    local suite=$1 tree=$cache/trees/$1
    rm -rf "$tree"
    mkdir -p "$cache/trees"
    env -i PATH="$PATH" LC_ALL=C debootstrap --variant=minbase --include="$charon_tree" "$suite" "$tree" \
        >"$cache/debootstrap-$suite.log" 2>&1 || return 1
    touch "$tree/.complete"
}

install_trixie_tree() {
    local tree=$cache/trees/trixie
    if [ ! -e "$tree/.complete" ]; then
        install_packages debootstrap
        say "bootstrapping a Debian 13 tree with strongSwan"
        bootstrap trixie || { tail -n 20 "$cache/debootstrap-trixie.log" >&2; exit 1; }
    fi
    if [ ! -e "$tree/.peers" ]; then
        say "adding libreswan and OpenIKED to the Debian 13 tree"
        add_trixie_peers "$tree" >"$cache/trixie-peers.log" 2>&1 || { tail -n 20 "$cache/trixie-peers.log" >&2; exit 1; }
        touch "$tree/.peers"
    fi
}

# libreswan's package excludes strongSwan's, its files do not: they are unpacked beside them.
add_trixie_peers() {
    local tree=$1
    [ ! -e /etc/resolv.conf ] || cat /etc/resolv.conf >"$tree/etc/resolv.conf"
    printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
    chmod 755 "$tree/usr/sbin/policy-rc.d"
    env -i PATH="$PATH" LC_ALL=C DEBIAN_FRONTEND=noninteractive chroot "$tree" sh -e -c '
        apt-get -q update
        apt-get -q -y --no-install-recommends install openiked libnss3 libnss3-tools libnspr4 libaudit1 libcap-ng0 \
            libcrypt1 libcurl3t64-gnutls libevent-core-2.1-7t64 libevent-pthreads-2.1-7t64 libldap2 libldns3t64 \
            libpam0g libselinux1 libunbound8
        rm -rf /tmp/libreswan
        mkdir /tmp/libreswan
        cd /tmp/libreswan
        apt-get -q -o APT::Sandbox::User=root download libreswan
        dpkg-deb -x libreswan_*.deb files
        cp -a files/usr/. /usr/
        rm -rf /tmp/libreswan' </dev/null
    rm -f "$tree/usr/sbin/policy-rc.d"
}

# Debian testing changes every day. Without it its scenarios are skipped and say why: no reason to stop, nor to try
# again within the hour.
install_testing_tree() {
    local tree=$cache/trees/testing missing=$cache/testing-is-not-to-be-had
    [ ! -e "$tree/.complete" ] || return 0
    if [ -n "$(find "$missing" -mmin -60 2>/dev/null)" ]; then return 0; fi
    install_packages debootstrap
    say "bootstrapping a tree of Debian testing with strongSwan"
    if bootstrap testing; then
        rm -f "$missing"
    else
        rm -rf "$tree"
        cp "$cache/debootstrap-testing.log" "$missing"
        say "Debian testing is not to be had: see $missing"
    fi
}

[ $# -gt 0 ] || set -- guest strongswan
for part in "$@"; do
    case $part in
        build) install_packages "${build[@]}" ;;
        guest) install_packages "${build[@]}" "${kernel[@]}" "${tools[@]}" ;;
        strongswan) install_packages "${strongswan[@]}" && install_vici ;;
        peers) install_peers ;;
        trixie) install_trixie_tree ;;
        testing) install_testing_tree ;;
        qemu) install_qemu ;;
        systemd) install_systemd_tree ;;
        *) say "unknown part: $part (build, guest, strongswan, peers, trixie, testing, qemu, systemd)"; exit 2 ;;
    esac
done
