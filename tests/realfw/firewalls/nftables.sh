# shellcheck shell=sh
# A PPTP server behind nftables.service: everything is dropped but ssh and the tunnel.
start_firewall() {
cat > /etc/nftables.conf <<'RULES'
#!/usr/sbin/nft -f
flush ruleset

table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		iifname "lo" accept
		ct state established,related accept
		tcp dport 22 accept
		tcp dport 1723 accept
		meta l4proto gre accept
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
		iifname "ppp*" tcp flags syn / syn,rst tcp option maxseg size set 1356
		oifname "ppp*" tcp flags syn / syn,rst tcp option maxseg size set 1356
		iifname "ppp*" accept
		oifname "ppp*" ct state established,related accept
	}
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr 10.99.0.0/24 oifname "eth0" masquerade
	}
}
RULES
systemctl enable --quiet --now nftables.service
nft list chain inet filter input | grep -q 'policy drop'
}
keep() {
  { printf '#!/usr/sbin/nft -f\nflush ruleset\n'; nft --stateless list ruleset; } >/etc/nftables.new
  mv /etc/nftables.new /etc/nftables.conf
  systemctl reload nftables.service
}
drop_rule() { # CHAIN WORDS: delete the rules of the chain that hold the words
  nft --handle list chain inet filter "$1" | sed -n "/$2/s/.*# handle //p" | while read -r handle; do
    nft delete rule inet filter "$1" handle "$handle"
  done
}
