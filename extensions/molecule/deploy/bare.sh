# shellcheck shell=sh
# Runs in the container: no pptpd, no ppp unless it is to be kept, and a place to install them from.
export DEBIAN_FRONTEND=noninteractive
systemctl stop pptpd.service
apt-get purge --yes --quiet --quiet pptpd bcrelay >/dev/null
if [ -n "$KEEP" ]; then
  apt-mark manual "$KEEP" >/dev/null
  printf '%s\n' '# the line to the provider' 'isp  *  "not-for-the-report, either"  *' >>/etc/ppp/chap-secrets
else
  apt-get purge --yes --quiet --quiet ppp >/dev/null
  rm -rf /etc/ppp /usr/lib/pppd
fi
apt-get autoremove --purge --yes --quiet --quiet >/dev/null
echo "deb $MIRROR $SUITE main" >/etc/apt/sources.list
