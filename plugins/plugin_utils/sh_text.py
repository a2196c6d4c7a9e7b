# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the sh collector reads, and the shell functions that it reads with (POSIX sh and awk, busybox included)."""

from __future__ import annotations

#: Files without secrets; patterns are expanded by the shell.
FILES = (
    '/etc/hostname', '/etc/hosts', '/etc/os-release', '/usr/lib/os-release', '/etc/openwrt_release',
    '/etc/redhat-release', '/etc/debian_version',
    '/etc/modprobe.d/*.conf', '/run/modprobe.d/*.conf', '/usr/lib/modprobe.d/*.conf', '/lib/modprobe.d/*.conf',
    '/etc/radiusclient*/dictionary*', '/etc/radcli/dictionary*', '/etc/ppp/radius/dictionary*',
    '/run/systemd/container', '/proc/version', '/proc/modules', '/proc/sys/kernel/osrelease',
    '/proc/sys/kernel/hostname', '/proc/sys/crypto/fips_enabled', '/proc/sys/net/ipv4/ip_forward',
    '/proc/sys/net/ipv4/conf/all/proxy_arp', '/proc/sys/net/netfilter/nf_conntrack_helper', '/proc/net/tcp',
    '/proc/net/tcp6', '/proc/net/route', '/proc/net/fib_trie', '/proc/net/ip_tables_names', '/sys/class/net/*/mtu',
    '/sys/class/dmi/id/chassis_asset_tag', '/sys/class/dmi/id/product_name', '/sys/class/dmi/id/sys_vendor',
    '/sys/class/dmi/id/bios_vendor',
)
#: What is only looked at: whether it is there, mode and owner.
PROBES = (
    '/dev/ppp', '/usr/sbin/pptpd', '/usr/bin/pptpd', '/usr/local/sbin/pptpd', '/usr/sbin/pppd', '/usr/sbin/accel-pppd',
    '/etc/accel-ppp.conf', '/run/systemd/system', '/.dockerenv', '/run/.containerenv', '/proc/vz', '/proc/bc',
    '/var/lib/dpkg/status', '/var/lib/rpm', '/usr/lib/sysimage/rpm', '/usr/lib/pppd', '/usr/lib64/pppd',
    '/usr/lib/x86_64-linux-gnu/pppd', '/usr/lib/aarch64-linux-gnu/pppd', '/usr/local/lib/pppd', '/etc/modprobe.d',
    '/run/modprobe.d', '/etc/NetworkManager/system-connections', '/usr/lib/pptpd/pptpd-logwtmp.so',
    '/usr/lib*/pppd/*/*.so', '/usr/lib/*/pppd/*/*.so', '/usr/local/lib/pppd/*/*.so', '/usr/lib*/pptpd/*.so',
)
#: Files of settings, and whether lines say ``name value`` (conf) or ``NAME=value`` (unit).
SETTINGS = (('/etc/pptpd.conf', 'conf'), ('/etc/default/pptpd', 'unit'), ('/etc/sysconfig/pptpd', 'unit'),
            ('/etc/systemd/system/pptpd.service', 'unit'), ('/etc/systemd/system/pptpd.service.d/*.conf', 'unit'),
            ('/usr/lib/systemd/system/pptpd.service', 'unit'), ('/lib/systemd/system/pptpd.service', 'unit'),
            ('/etc/radiusclient*/radiusclient.conf', 'conf'), ('/etc/radcli/radiusclient.conf', 'conf'),
            ('/etc/ppp/radius/*.conf', 'conf'))
#: Lists of all kernel modules, of which only the lines that matter are sent.
MODULES = ('/lib/modules/$(uname -r)/modules.builtin', '/lib/modules/$(uname -r)/modules.dep')
#: Files of pppd options: the word after ``password`` is masked.
OPTIONS = ('/etc/ppp/options', '/etc/ppp/options.*', '/etc/ppp/options-*', '/etc/ppp/*options', '/etc/ppp/peers/*',
           '/root/.ppprc')
#: Files of secrets, and the first word of a line that is one.
SECRETS = (('/etc/ppp/chap-secrets', 3), ('/etc/ppp/pap-secrets', 3), ('/etc/radiusclient*/servers', 2),
           ('/etc/radcli/servers', 2), ('/etc/ppp/radius/servers', 2))
LOGS = ('/var/log/syslog', '/var/log/syslog.1', '/var/log/messages', '/var/log/messages-*[0-9]', '/var/log/daemon.log',
        '/var/log/pptpd.log', '/var/log/ppp.log', '/var/log/pppd.log', '/var/log/ppp/*.log', '/var/log/local2.log',
        '/var/log/pptp*.log', '/var/log/freeradius/radius.log', '/var/log/radius/radius.log', '/tmp/log/messages')

_FUNCTIONS = r'''
main() {
LC_ALL=C; PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export LC_ALL PATH; unset IFS
umask 077
M='@MARK@'
frame() { printf '\n%s %s %s\n' "$M" "$1" "$2"; }
have() { command -v "$1" >/dev/null 2>&1; }
limit=; if have timeout && timeout 9 true 2>/dev/null; then limit='timeout 9'; fi
AWK=; for a in awk mawk gawk original-awk; do have $a && AWK=$a && break; done
# first FILE BYTES, last FILE BYTES: without a trace of the reading where dd knows how (GNU; the owner and root may)
if dd if=/dev/null iflag=noatime count=0 2>/dev/null; then quiet=1; else quiet=; fi
first() {
  [ $quiet ] && dd if="$1" iflag=noatime bs=65536 count=$(($2 / 65536)) 2>/dev/null || head -c "$2" "$1" 2>/dev/null
}
last() {
  size=$(ls -ldnL -- "$1" 2>/dev/null | $AWK '{ print $5 }'); skip=0
  case $size in ''|*[!0-9]*) return;; esac
  [ "$size" -gt "$2" ] && skip=$(((size - $2) / 65536))
  [ $quiet ] && dd if="$1" iflag=noatime bs=65536 skip=$skip 2>/dev/null || tail -c "$2" "$1" 2>/dev/null
}
# can FILE: say why not when it cannot be read; once a file
seen=' '
can() {
  case $seen in *" $1 "*) return 1;; esac; seen="$seen$1 "
  if [ ! -e "$1" ]; then case $1 in *\**) ;; *) frame absent "$1";; esac; return 1; fi
  case $(readlink -f -- "$1" 2>/dev/null) in
    */shadow*|*/gshadow*|*/private/*|*/.ssh/*|*.key|*.pem|*.keytab) frame denied "$1"; return 1;;
  esac
  [ -f "$1" ] || return 1
  if [ ! -r "$1" ]; then frame denied "$1"; return 1; fi
  frame stat "$1"; ls -ldnL -- "$1" 2>/dev/null
  return 0
}
probe() {
  for f in "$@"; do
    if [ -e "$f" ]; then frame stat "$f"; ls -ldnL -- "$f" 2>/dev/null
    else case $f in *\**) ;; *) frame absent "$f";; esac; fi
  done
}
file() { for f in "$@"; do can "$f" && { frame ok "$f"; first "$f" 262144; }; done; }
modules() { for f in "$@"; do can "$f" && { frame ok "$f"; first "$f" 4194304 | grep -E 'ppp|gre|pptp|slhc'; }; done; }
settings() {
  for f in $1; do
    can "$f" || continue
    if [ -z "$AWK" ]; then frame failed "$f"; continue; fi
    frame ok "$f"; first "$f" 262144 | $AWK -v kind="$2" "$settings"
  done
}
masked() {
  for f in $1; do
    can "$f" || continue
    if [ -z "$AWK" ]; then frame failed "$f"; continue; fi
    frame ok "$f"; first "$f" 1048576 | $AWK -v first="$2" "$mask"
  done
}
secret() { masked "$1" "$2"; }
options() { for o in "$@"; do masked "$o" 0; done; }
log() {
  for f in "$@"; do
    can "$f" || continue
    if [ -z "$AWK" ]; then frame failed "$f"; continue; fi
    frame ok "$f"; last "$f" 16777216 | tr -d '\000' | $AWK "$keep" | scrub
  done
}
scrub() { sed -E "$rules"; }
run() {
  have "${2%% *}" || { frame absent "/commands/$1.txt"; return; }
  o=$(eval "$limit $2" 2>/dev/null </dev/null); r=$?
  if [ $r -ne 0 ] && [ -z "$o" ]; then frame denied "/commands/$1.txt"; return; fi
  frame ok "/commands/$1.txt"
  printf '%s\n' "$o" | head -c 4194304 | scrub
}
'''

# Words as pppd's getword() finds them (options.c): quotes may begin and end inside a word, a backslash takes the
# next character, # begins a comment wherever it stands outside quotes. A logical line is kept until it ends, since
# what is a secret depends on how many words there are. Shapes survive: quotes, comments, backslashes, addresses.
_MASK = r'''
function value(w) { gsub(/["\047\\\n]/, "", w); return w }
function address(w) {
  w = value(w)
  return w == "*" || w == "-" || w == "--" || w ~ /^!?[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+(\/[0-9]+\+?)?$/
}
function hide(w,  q, s, breaks) {
  if (w == "\"\"" || w == "\047\047") return w
  q = w ~ /["\047]/ ? "\"" : ""
  s = (w ~ /^["\047]?@\// ? "@/" : "") "********" (w ~ /[^\001-\177]/ ? "\303\244" : "")
  breaks = gsub(/\\\n/, "", w)
  if (index(w, "\\")) s = s "\\s"
  while (breaks-- > 0) s = s "\\\n"
  breaks = gsub(/\n/, "", w)
  while (breaks-- > 0) s = s "\n"
  return q s (open ? "" : q)
}
function known(w) { w = value(w); return w ~ /^(\*|pptpd?|pptp-server|x?l2tpd?|vpn)$/ }
function name(i,  k, m) {
  m = value(text[n]) == "" ? n - 1 : n   # an empty word that ends the file is none
  if (known(text[i])) return 1
  if (broken || m < 3) return i == 1 && m == 2 && known(text[2]) && value(text[2]) != "*" && !broken
  if (i == 1) return 1
  for (k = 3; k <= n; k++) if (known(text[k]) && value(text[k]) != "*") return 0
  return !address(text[3])
}
function secret(w) {   # an option whose argument is one, however it is written
  w = tolower(value(w))
  if (w ~ /\.so$|^(hide|show)-password$/) return 0
  return w ~ /pass|secret|^(connect|disconnect|init|welcome|avpair|set|.*host-uniq|mschap2?-.*challenge)$/
}
function option(w, before) { return !hid && !secret(before) && w !~ /[=$%]/ && !(w ~ /[ \t]/ && tolower(w) ~ /pass/) }
function flush(  i, w, show, rest) {
  if (!n) { printf "%s", tail; tail = ""; return }
  for (i = 1; i <= n; i++) if (text[i] ~ /[^\\]\n/ || open != "") broken = 1
  for (i = 1; i <= n; i++) {
    w = text[i]
    if (w == "--") rest = 1
    if (!first) { show = option(w, i > 1 ? text[i - 1] : pending); if (!show) hid = 1 }
    else if (first == 2) show = i == 1
    else show = i < 3 ? name(i) : i > 3 && (w == "--" || !rest && address(w))
    printf "%s%s", gap[i], show ? w : hide(w)
  }
  if (!first) { pending = hid ? "" : text[n]; hid = 0 }
  printf "%s", tail; n = 0; tail = ""
}
function ends() { if (w != "") { n++; text[n] = w; gap[n] = g; w = ""; g = "" } }
{
  line = $0; len = length(line); went = 0
  for (i = 1; i <= len; i++) {
    c = substr(line, i, 1)
    if (c == "\\") { if (i == len) went = 1; w = w c substr(line, ++i, 1); continue }
    if (open != "") { w = w c; if (c == open) open = ""; continue }
    if (c == "\"" || c == "\047") { open = c; w = w c; continue }
    if (c == "#") { ends(); tail = g "#" (line ~ /\r$/ ? "\r" : ""); g = ""; break }
    if (c == " " || c == "\t" || c == "\r" || c == "\f" || c == "\v") { ends(); g = g c; continue }
    w = w c
  }
  if (open != "" || went) { w = w "\n"; next }
  ends(); tail = tail g; g = ""; flush(); printf "\n"
}
END { if (w == "\\\n" || w == "\\") { tail = g w; w = g = "" } ends(); flush() }
'''

# The lines of a file of settings as masking.mask_lines leaves them: of what no check knows the first word stays.
_SETTINGS = r'''
function known() {
  if (kind == "conf") return $1 !~ /secret|pass|pw|key|tok/ && $1 ~ /^[A-Za-z0-9_-]+$/
  if ($0 ~ /^[ \t]*(\[|[A-Za-z0-9_]*OPT[A-Za-z0-9_]*[ \t]*=|ExecStart[ \t]*=)/) return 1
  return $0 ~ /^[ \t]*[A-Z][a-z][A-Za-z]+[ \t]*=/ && $0 !~ /^[ \t]*(Env|Exec)/
}
/^[ \t]*[#;]/ { print "#"; next }
!known() {
  if (match($0, /^[ \t]*[^ \t=]+([ \t]*=[ \t]*|[ \t]+)/) && RLENGTH < length($0))
    $0 = substr($0, 1, RLENGTH) "********"
  print; next
}
{
  rest = $0; done = ""
  if (match(rest, /^(auth|acct)server[ \t]+[^ \t:,]+:[^ \t:,]*:/)) rest = substr(rest, 1, RLENGTH) "********"
  while (match(rest, /--?[A-Za-z0-9_-]*(pass|secret|key|token)[A-Za-z0-9_-]*[= ]+[^ \t-][^ \t]*/)) {
    found = substr(rest, RSTART, RLENGTH); start = RSTART; size = RLENGTH
    match(found, /[= ]+/); done = done substr(rest, 1, start + RSTART + RLENGTH - 2) "********"
    rest = substr(rest, start + size)
  }
  print done rest
}
'''

# Log lines and outputs as parse.scrub leaves them, or with less: behind most words for secrets the line ends.
_RULES = r'''
s#(Login [^[]*\[[^]/]*/).*(\] \(from)#\1********\2#
t
s#(Login [^[]*\[[^]/]*/).*#\1********]#
s/((comment|prefix) )"([^"\\]|\\.)*"/\1"..."/g
s/[0-9A-Fa-f]{16,}|([0-9A-Fa-f]{2}[ :]){15,}[0-9A-Fa-f]*/********/g
s/<[0-9A-Fa-f ]{23,}>/<********>/g
s/\b([SC])=[0-9A-Fa-f]+/\1=********/g
s/(([Pp]ass(word|wd)|PASSWORD|[Ss]ecret|-[Kk]ey|NT_KEY)[A-Za-z]*(:[0-9]+)?["' ]*(:?=|:) *).*/\1********/
s/(([Cc]hallenge|[Rr]esponse)[A-Za-z]*["' ]*(:?=|:) *).*/\1********/
s/(([Pp]assword|[Ss]ecret|match) +)["'].*/\1********/
s/(<[A-Za-z0-9-]*([Pp]assword|Challenge|Response|Key) )[^>]*/\1********/g
s/(--(password|challenge|nt-response|lm-response)[= ]).*/\1********/
s/((rad(test|client)|smbclient|INSERT INTO|SELECT|UPDATE) ).*/\1********/
s/((send|expect) \().*/\1********)/
s/((^|[^<])--> ).*/\1********/
s/((COMMAND=|pppd ).* password ).*/\1********/
s/(unknown host |invalid address length |length syntax: |too large for subnet ).*( in auth.*)/\1?\2/
s/(In secrets file: [^"']*["']).*/\1?/
s/(warning: (word in file .* too long|quoted word runs to end of file) \()[^/].*/\1?)/
/unrecognized option '[^']*([A-Za-z]-[a-z]|mpp|chap|pap|ppp|comp|auth|dns)/b
s/(unrecognized option ')[^']*/\1?/
'''

# What other programs said in a syslog becomes empty, so that the numbers of the lines that matter stay true.
_KEEP = r'''
/[Pp][Pp][Tt][Pp]|pppd|[Pp][Pp][Pp][0-9_]|PPP|mppe|MPPE|GRE|conntrack/ { print; next }
/[Rr]adius|RADIUS|winbind|ntlm|accel/ { print; next }
/^([A-Z][a-z][a-z] [ 0-9][0-9] [0-9:]+|[0-9-]+T[^ ]+) [^ ]+ [^ ]+: / { print ""; next }
{ print }
'''


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


PROLOGUE = '\n'.join((
    _FUNCTIONS.strip(), 'mask=' + _quoted(_MASK), 'keep=' + _quoted(_KEEP), 'settings=' + _quoted(_SETTINGS),
    'rules=' + _quoted(_RULES),
    'frame meta euid; id -u', 'frame meta collected_at; date +%s',
    ''))
EPILOGUE = 'frame meta end\n}\nmain </dev/null\n'   # a shell that reads its script from there must know all of it first
