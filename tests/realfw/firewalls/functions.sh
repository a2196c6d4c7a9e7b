# shellcheck shell=sh
# What faults share.
narrow() { # the way to the Internet takes packets of 1492 bytes, as with PPPoE; also after a restart
  cat > /etc/systemd/system/narrow.service <<'UNIT'
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=ip link set eth0 mtu 1492
[Install]
WantedBy=multi-user.target
UNIT
  systemctl daemon-reload
  systemctl enable --quiet --now narrow.service
}
