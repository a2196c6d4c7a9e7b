# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ansible-test wants to download as ``get-pip.py``, made from Python's own ensurepip.

ansible-test runs it as ``get_pip.py OPTIONS pip==VERSION``. ensurepip goes into a child process: it changes pip's
configuration variables, and the parent then no longer knows the certificates and the index of this machine.
"""

import subprocess
import sys

IGNORED = ('--no-setuptools', '--no-wheel')

subprocess.check_call([sys.executable, '-m', 'ensurepip'], stdout=subprocess.DEVNULL)
arguments = [argument for argument in sys.argv[1:] if argument not in IGNORED]
sys.exit(subprocess.call([sys.executable, '-m', 'pip', 'install', '--upgrade', '--force-reinstall'] + arguments))
