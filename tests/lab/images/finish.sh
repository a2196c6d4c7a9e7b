# shellcheck shell=sh
# Runs inside the image, once, after the packages: what a container needs so that systemd boots quietly.
set -eu
systemctl mask getty.target console-getty.service systemd-logind.service systemd-udevd.service \
  systemd-networkd-wait-online.service systemd-timesyncd.service apt-daily.timer apt-daily-upgrade.timer \
  dpkg-db-backup.timer e2scrub_all.timer fstrim.timer systemd-modules-load.service >/dev/null 2>&1
# What runs in a container is what its test starts there.
for unit in pptpd nftables firewalld ufw netfilter-persistent; do
  systemctl disable "$unit.service" >/dev/null 2>&1 || true
done
mkdir -p /var/log/journal
: > /etc/machine-id
rm -f /etc/hostname 2>/dev/null || true # an engine that builds from a base image has mounted its own
# The image carries nothing of the machine that built it.
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /etc/apt/apt.conf.d/99mmdebstrap
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb /usr/share/doc/* /usr/share/locale/*
