# shellcheck shell=sh
# Runs inside an image, once, after the packages: what each instance needs so that systemd boots soon and quietly.
set -eu
systemctl mask getty.target console-getty.service systemd-logind.service systemd-udevd.service systemd-udev-trigger.service \
  systemd-networkd-wait-online.service systemd-timesyncd.service systemd-random-seed.service systemd-update-utmp.service \
  systemd-update-utmp-runlevel.service systemd-pcrphase.service systemd-pcrphase-sysinit.service systemd-resolved.service \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
  logrotate.timer man-db.timer systemd-tmpfiles-clean.timer cron.service >/dev/null 2>&1
for unit in pptpd nftables netfilter-persistent freeradius ssh rsyslog winbind smbd nmbd samba-ad-dc; do
  systemctl disable "$unit.service" >/dev/null 2>&1 || true
done
mkdir -p /var/log/journal /etc/iptables
: >/etc/machine-id
rm -f /etc/hostname /etc/ssh/ssh_host_* /etc/iptables/rules.v?
# The repository that a machine without pptpd installs from.
cd /srv/apt
for deb in *.deb; do
  dpkg-deb -f "$deb"
  printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -d' ' -f1)"
done >Packages
# The image carries nothing of the machine that built it. (At this address answers nobody.)
echo 'nameserver 192.0.2.53' >/etc/resolv.conf
chmod 644 /etc/resolv.conf
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /etc/apt/apt.conf.d/99mmdebstrap /var/lib/apt/lists/*
echo 'deb [trusted=yes] file:/srv/apt ./' >/etc/apt/sources.list
apt-get -q update >/dev/null
rm -rf /var/cache/apt/archives/*.deb /usr/share/doc/* /usr/share/locale/* /usr/share/man/*
