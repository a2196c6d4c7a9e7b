# shellcheck shell=sh
# Prints every file below /etc with kind, mode, owner and content. The cache is that of the dynamic linker.
find /etc -xdev ! -path /etc/ld.so.cache -printf '%p %y %m %U:%G %l\n' | sort
find /etc -xdev -type f ! -path /etc/ld.so.cache -exec sha256sum {} + | sort -k 2
