# shellcheck shell=sh
# The same server with nftables.
nft -f - <<'RULES'
table inet vpn {
  chain input {
    type filter hook input priority filter; policy drop;
    iifname "lo" accept
    ct state established,related accept
    tcp dport 1723 accept
    meta l4proto gre accept
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    tcp flags syn / syn,rst tcp option maxseg size set rt mtu
    iifname "ppp*" accept
    oifname "ppp*" ct state established,related accept
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr 10.99.0.0/24 oifname "eth0" masquerade
  }
}
RULES
