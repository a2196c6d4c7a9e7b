# shellcheck shell=sh
# A PPTP server behind ufw: everything is dropped but ssh and the tunnel.
start_firewall() {
cat >> /etc/ufw/before.rules <<'RULES'
*nat
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -s 10.99.0.0/24 -o eth0 -j MASQUERADE
COMMIT
*mangle
:FORWARD ACCEPT [0:0]
-A FORWARD -o ppp+ -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1356
-A FORWARD -i ppp+ -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1356
COMMIT
RULES
ufw default deny incoming
ufw default deny routed
ufw allow 22/tcp
ufw allow 1723/tcp
ufw allow proto gre from any to any
ufw route allow in on ppp+
ufw route allow out on ppp+
systemctl enable --quiet --now ufw.service
ufw --force enable
ufw status verbose | grep -q 'deny (incoming)'
}
keep() { # rules of before.rules cannot be added twice
  for table in nat mangle; do iptables -t $table -F; done
  ufw reload
}
