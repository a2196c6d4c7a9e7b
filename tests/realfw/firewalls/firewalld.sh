# shellcheck shell=sh
# A PPTP server behind firewalld: zone public drops everything but ssh and the tunnel.
start_firewall() {
# polkit, which firewalld asks, asks for more isolation than a container with few rights can give.
mkdir -p /etc/systemd/system/polkit.service.d
cat > /etc/systemd/system/polkit.service.d/lab.conf <<'UNIT'
[Service]
NoNewPrivileges=no
SystemCallFilter=
SystemCallArchitectures=
RestrictAddressFamilies=
RestrictNamespaces=no
RestrictRealtime=no
RestrictSUIDSGID=no
MemoryDenyWriteExecute=no
LockPersonality=no
ProtectKernelLogs=no
ProtectKernelModules=no
ProtectKernelTunables=no
ProtectClock=no
ProtectHostname=no
PrivateDevices=no
PrivateNetwork=no
UNIT
systemctl daemon-reload
cat > /etc/firewalld/zones/public.xml <<'ZONE'
<?xml version="1.0" encoding="utf-8"?>
<zone target="DROP">
  <short>Public</short>
  <description>The way to the Internet.</description>
  <service name="ssh"/>
  <port port="1723" protocol="tcp"/>
  <protocol value="gre"/>
  <masquerade/>
  <rule>
    <tcp-mss-clamp value="1356"/>
  </rule>
  <interface name="eth0"/>
  <forward/>
</zone>
ZONE
systemctl enable --quiet --now firewalld.service
firewall-cmd --zone=public --list-all | grep -q 'target: DROP'
}
zone() { firewall-cmd --quiet --permanent --zone=public "$@"; }
keep() { firewall-cmd --quiet --reload; }
