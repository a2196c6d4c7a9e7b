# shellcheck shell=sh
# The same with nftables.
cat >/etc/nftables.conf <<'RULES'
flush ruleset
table inet host {
  chain input {
    type filter hook input priority filter; policy drop;
    iifname "lo" accept
    ct state established,related accept
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
  }
}
RULES
nft -f /etc/nftables.conf
systemctl enable --quiet nftables.service
