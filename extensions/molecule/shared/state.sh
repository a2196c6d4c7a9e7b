# shellcheck shell=sh
# Prints what a diagnosis must leave alone, in sections. It only asks for the state of files and opens none of them.
echo '== files' # path, kind, mode, owner, size, times of content and inode; the journal's own files grow by themselves
find /etc /var /usr /root /home /opt /srv -xdev -path /var/log/journal -prune -o -printf '%p %y %m %U:%G %s %T@ %C@\n' | sort
echo '== read' # when the files that a diagnosis reads were last opened
find /etc/pptpd.conf /etc/ppp /etc/modules-load.d /etc/modprobe.d /var/log -path /var/log/journal -prune -o -type f \
  -printf '%p %A@\n' | sort
echo '== firewall'
iptables-save | grep -v '^#' | sed 's/\[[0-9:]*\]//'
nft --stateless list ruleset
cat /proc/net/ip_tables_names 2>/dev/null || true
echo '== addresses'
ip -o addr
sysctl net.ipv4.ip_forward
echo '== cursor'
journalctl --lines 0 --show-cursor --quiet
