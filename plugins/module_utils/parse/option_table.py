# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every option that a pppd from 2.4.0 to 2.5.3 knows, and the spellings that belong to other programs.

Sample: ``find('+mschap-v2')`` is ``Option('require-mschap-v2', '0', '', '', '')``. Compared mechanically over the
option tables (``option_t`` in pppd/*.c and pppd/plugins) of the upstream tags; what distributions carried as
patches before upstream took it (``ifname``, ``replacedefaultroute``, ``up_sdnotify``, EAP-TLS, ..) counts as old.
"""

from __future__ import annotations

import re
import typing as t


class Option(t.NamedTuple):
    """Canonical *name*; *kind* of its argument (``0`` none, ``1`` text, ``i`` integer, ``x`` hexadecimal); first and
    last upstream version where not all have it; the *plugin* that defines it, ``''`` for pppd itself."""

    name: str
    kind: str
    since: str
    until: str
    plugin: str

    @property
    def args(self) -> int:
        """How many words follow the name."""
        return 0 if self.kind == '0' else 1


# kind, since, until, plugin : names
_TABLE = """
0 - - - : +chap +ipv6 +mppe +mppe-128 +mppe-40 +mschap +mschap-v2 +pap --help --version -ac -all -am -bsdcomp -ccp
 -chap -crtscts -d -defaultroute -defaultroute6 -deflate -detach -ecp -h -ip -ipv6 -mn -mppe -mppe-128 -mppe-40 -mru
 -mschap -mschap-v2 -p -pap -pc -predictor1 -proxyarp -v -vj -vjccomp auth cdtrcts chapms-strip-domain crtscts debug
 default-asyncmap default-mru defaultroute defaultroute6 demand dryrun dump enable-session hide-password
 ipcp-accept-local ipcp-accept-remote ipcp-no-address ipcp-no-addresses ipv6cp-accept-local ipv6cp-accept-remote
 ipv6cp-use-ipaddr ipv6cp-use-persistent ktune local lock login master_detach modem mp mppe-stateful mpshortseq
 ms-lanman multilink need-peer-eap noaccomp noauth nobsdcomp noccp nocdtrcts nocrtscts nodefaultroute nodefaultroute6
 nodeflate nodeflatedraft nodetach noecp noendpoint noip noipdefault noipv6 noipx noktune nolock nolog nologfd nomagic
 nomp nomppe nomppe-128 nomppe-40 nomppe-stateful nompshortseq nomultilink nopcomp nopersist nopredictor1 noproxyarp
 noremoteip noreplacedefaultroute nosendip notty novj novjccomp papcrypt passive persist predictor1 proxyarp
 receive-all refuse-chap refuse-eap refuse-mschap refuse-mschap-v2 refuse-pap replacedefaultroute require-chap
 require-eap require-mppe require-mppe-128 require-mppe-40 require-mschap require-mschap-v2 require-pap show-password
 silent srp-use-pseudonym sync up_sdnotify updetach usehostname usepeerdns xonxoff
1 - - - : +ua active-filter allow-ip allow-number bsdcomp bundle ca call callback capath cert connect crl crl-dir
 deflate disconnect domain endpoint escape file ifname init ip-down-script ip-up-script ipparam ipv6 key linkname
 logfile max-tls-version mo-direction ms-dns ms-wins mschap-challenge mschap2-peer-challenge name netmask pass-filter
 password plugin privgroup pty record remotename remotenumber set socket srp-pn-secret unset user vj-max-slots welcome
i - - - : chap-interval chap-max-challenge chap-restart child-timeout connect-delay datarate defaultroute-metric
 eap-interval eap-max-rreq eap-max-sreq eap-restart eap-timeout holdoff idle ipcp-max-configure ipcp-max-failure
 ipcp-max-terminate ipcp-restart ipv6cp-max-configure ipv6cp-max-failure ipv6cp-max-terminate ipv6cp-restart kdebug
 lcp-echo-failure lcp-echo-interval lcp-max-configure lcp-max-failure lcp-max-terminate lcp-restart logfd maxconnect
 maxfail maxoctets mo mo-timeout mrru mru mtu pap-max-authreq pap-restart pap-timeout srp-interval stop-bits unit
x - - - : -as asyncmap
i - 2.4.2 - : pdebug
0 - 2.4.9 - : +ipx -ipx ipx ipxcp-accept-local ipxcp-accept-network ipxcp-accept-remote
1 - 2.4.9 - : ipx-node ipx-router-name
i - 2.4.9 - : ipx-routing ipxcp-max-configure ipxcp-max-failure ipxcp-max-terminate ipxcp-restart
x - 2.4.9 - : ipx-network
0 2.4.9 - - : lcp-echo-adaptive
i 2.4.9 - - : chap-timeout
0 2.5.0 - - : ipv6cp-noremote ipv6cp-nosend ipv6cp-use-remotenumber show-options tls-verify-key-usage usepeerwins
1 2.5.0 - - : ipv6-down-script ipv6-up-script pkcs12 tls-verify-method
0 2.5.1 - - : noresolvconf
1 2.5.1 - - : chap-secrets ip-pre-up-script lcp-rtt-file net-down-script net-init-script net-pre-up-script pap-secrets
1 2.5.3 - - : auth-down-script auth-up-script vrf
i 2.5.3 - - : defaultroute6-metric
0 - - dhcpv6relay : dhcpv6-trusted dhcpv6-untrusted
1 - - dhcpv6relay : dhcpv6-server
i - - dhcpv6relay : dhcpv6-metric dhcpv6-ra-intvl
i - - minconn : minconnect
1 - - passprompt : promptprog
1 - - passwordfd : passwordfd
0 - - pppoatm : llc-encaps vc-encaps
1 - - pppoatm : qos
1 - - pppoe : host-uniq pppoe-ac pppoe-host-uniq pppoe-mac pppoe-service pppoe-sess rp_pppoe_ac rp_pppoe_service
 rp_pppoe_sess
i - - pppoe : pppoe-padi-attempts pppoe-padi-timeout pppoe-verbose rp_pppoe_verbose
0 - - pppol2tp : pppol2tp_lns_mode pppol2tp_recv_seq pppol2tp_send_seq
1 - - pppol2tp : pppol2tp pppol2tp_ifname
i - - pppol2tp : pppol2tp_debug_mask pppol2tp_reorderto pppol2tp_session_id pppol2tp_tunnel_id
0 - - radius : map-to-ifname map-to-ttyname
1 - - radius : avpair radius-config-file
1 - - radrealms : realms-config-file
1 - - winbind : ntlm_auth-helper
1 - - pptpd-logwtmp : pptpd-original-ip
0 - - pptpd-logwtmp : pptpd-logwtmp-strip-domain
1 - - sstp-pppd-plugin : sstp-sock
"""
_SHORT = {'-d': 'debug', '-p': 'passive', '-mru': 'default-mru', '-ac': 'noaccomp', '-pc': 'nopcomp', '-mn': 'nomagic',
          '-am': 'default-asyncmap', '-as': 'asyncmap', 'mp': 'multilink', 'nomp': 'nomultilink', 'mo': 'maxoctets'}

# Words of other pppds that mainline never knew: Dubiec's MPPE/MPPC fork, the 2.4.1 patches of old HOWTOs,
# and what people write by analogy; with the number of words that follow them.
FOREIGN = {'mppe': 1, 'mppc': 0, 'nomppc': 0, 'require-mppc': 0, 'mppe-40': 0, 'mppe-56': 0, 'mppe-128': 0,
           'mppe-stateless': 0, 'nomppe-stateless': 0, '+chapms': 0, '+chapms-v2': 0, '-chapms': 0, '-chapms-v2': 0,
           'require-chapms': 0, 'require-chapms-v2': 0, 'refuse-chapms': 0, 'require-mppe-stateful': 0,
           'require-mppe-56': 0, 'nomppe-56': 0, '+mppe-56': 0, '+mppe-stateless': 0, 'require-mschapv2': 0,
           'refuse-mschapv2': 0, 'localip': 1, 'remoteip': 1, 'connections': 1}
# Options whose argument is a secret or a command line that usually holds one (OPT_HIDE in auth.c, and chat scripts).
SECRET = frozenset(('password', 'srp-pn-secret', 'mschap-challenge', 'mschap2-peer-challenge', 'connect', 'disconnect',
                    'init', 'welcome', 'avpair', 'set', 'pptpd-secret', 'pppoe-host-uniq', 'host-uniq'))
# Options whose argument may well be a script of several lines.
SCRIPTS = frozenset(('connect', 'disconnect', 'init', 'welcome', 'pty'))
# Plugins whose options are all in the table; another one may define any word.
PLUGINS = {'rp-pppoe': 'pppoe', 'pppoe': 'pppoe', 'radattr': '', 'openl2tp': 'pppol2tp', 'nm-pptp-pppd-plugin': '',
           'nm-pppd-plugin': ''}


def _load() -> dict[str, Option]:
    table = {}
    for line in re.sub(r'\n ', ' ', _TABLE.strip()).split('\n'):
        head, names = line.split(' : ')
        kind, since, until, plugin = (word.strip('-') if word == '-' else word for word in head.split())
        PLUGINS.setdefault(plugin, plugin)
        for name in names.split():
            table[name] = Option(name, kind, since, until, plugin)
    return table


_OPTIONS = _load()


def _canonical(name: str) -> str:
    if name in _SHORT:
        return _SHORT[name]
    stem = name[1:]
    forms = {'+': ('require-',), '-': ('refuse-', 'no')}.get(name[:1], ())
    return next((form + stem for form in forms if form + stem in _OPTIONS), name)


def find(name: str) -> Option | None:
    """The option called *name* under its canonical name, or ``None``."""
    option = _OPTIONS.get(name)
    return option and option._replace(name=_canonical(name))


def names() -> list[str]:
    """Every spelling in the table."""
    return list(_OPTIONS)


def wild(word: str) -> str | None:
    """What a bare word means that no option has as its name: ``speed``, ``addresses``, ``device``, or ``None``.

    tty.c ``setspeed`` (a number other than 0, strtol base 0), ``setdevname`` (a device below /dev), and ipcp.c
    ``setipaddr`` (any word with a colon).
    """
    if re.match(r'\s*[+-]?(?:0[xX][0-9a-fA-F]+|\d+)\Z', word) and word.strip('+-0xX'):
        return 'speed'
    if ':' in word:
        return 'addresses'
    return 'device' if re.match(r'/dev/|tty[A-Za-z]*\d|pts/\d|cua|modem\Z|ptmx\Z|rfcomm|ircomm|null\Z', word) else None
