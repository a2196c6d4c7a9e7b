# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write docs/causes.md and docs/causes/*.md anew from the catalogue; pages of causes that are gone are removed."""

from __future__ import annotations

import pathlib

from ansible_collections.vpnops.pptp.plugins.plugin_utils.cause_pages import pages

DOCS = pathlib.Path(__file__).resolve().parents[1] / 'docs'


def main() -> None:
    """Write what differs."""
    made = {DOCS / name: text for name, text in pages().items()}
    (DOCS / 'causes').mkdir(exist_ok=True)
    for path in set((DOCS / 'causes').glob('*.md')) - set(made):
        path.unlink()
    for path, text in made.items():
        if not path.exists() or path.read_text('utf-8') != text:
            path.write_text(text, 'utf-8')


if __name__ == '__main__':
    main()
