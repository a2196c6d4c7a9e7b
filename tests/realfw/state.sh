# shellcheck shell=sh
# Prints what a way back must restore, in sections: rule sets in force without counters, files, units. What firewalld
# has at run time is in its rules, what is permanent in its files.
echo '== iptables'
for save in iptables-save ip6tables-save; do
  "$save" 2>/dev/null | grep -v '^#' | sed 's/\[[0-9:]*\]//'
done
echo '== nft'
nft --stateless list ruleset
echo '== files' # those of the engine change at each start; firewalld keeps copies of its own (docs/roles.md)
find /etc -xdev -type f ! -name hosts ! -name resolv.conf ! -name hostname ! -name machine-id \
  ! -path '/etc/firewalld/*.old' -exec stat --format '%n %a %U:%G' {} + -exec sha256sum {} + | sort
find /etc -xdev -type d | sort
echo '== units'
for unit in firewalld ufw nftables netfilter-persistent; do
  echo "$unit $(systemctl is-enabled "$unit.service" 2>&1) $(systemctl is-active "$unit.service" 2>&1)"
done
