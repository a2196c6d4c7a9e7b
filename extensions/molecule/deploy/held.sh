# shellcheck shell=sh
# Processes and an interface as a client who is logged in makes them, where the kernel has no PPP for a real one.
mkdir -p /root/held
cp "$(command -v sleep)" /root/held/pppd
cp "$(readlink -f "$(command -v sh)")" /root/held/pptpctrl
ip link add ppp9 type veth peer name held0
ip link set ppp9 up
setsid /root/held/pptpctrl -c '/root/held/pppd 600 & echo $! >/run/ppp9.pid; echo $$ >/root/held/call; wait' \
  >/dev/null 2>&1 </dev/null &
sleep 1
