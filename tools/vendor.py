"""`make vendor`: fetch the browser's assets from their npm packages into src/breakfix/web/static/vendor/.

Versions and hashes are pinned below; a package whose hash differs is refused. The result is committed, so
that nobody who runs Breakfix needs npm or a network. Nothing fetched may make a browser ask another host.
"""

import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

VENDOR = Path(__file__).resolve().parents[1] / "src" / "breakfix" / "web" / "static" / "vendor"


class Package(NamedTuple):
    """One npm package: what is fetched, its integrity as npm states it, and the files taken from it."""

    name: str
    version: str
    sha512: str
    files: dict[str, str]  # path in the package: name in vendor/


PACKAGES = (
    Package(
        "htmx.org",
        "2.0.10",
        "kdeJe7ZVwaS6QMz/ebBIVtZdpwen6L0OQ5GOhPV9MKBb196TCZeZu4yA7ZIQsaLKv7EpXz+So7KSXNuHXhj7Cw==",
        {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "htmx.LICENSE.txt"},
    ),
    Package(
        "@tabler/icons",
        "3.51.0",
        "0pinvPZz7YeX+OSfxuEAbnEPWbocVXW5iU8h5lh41pYG8sZuQfpWECC980lxOT0clGIcNGn8xsBr+zKaRGdA/g==",
        {"tabler-nodes-outline.json": "icons.svg", "LICENSE": "tabler-icons.LICENSE.txt"},
    ),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "OupL48va4JNofb97w6NYeF9S7W/kHNKM0Er8Dem5nqi4jeOLrVJDoE8tZEpnMJmtkvNbB1EIPPwHcdkF6b1oUA==",
        {"files/inter-latin-wght-normal.woff2": "inter.woff2", "LICENSE": "inter.LICENSE.txt"},
    ),
)

ICON_NAMES = """
activity alert-circle alert-triangle arrow-back-up arrow-down arrow-left arrow-right arrow-up ban bell bolt
briefcase building building-factory calendar calendar-event calendar-time camera cash certificate chart-line
check checks chevron-down chevron-left chevron-right chevron-up circle circle-check circle-dashed circle-x
clock clock-pause clock-play coin copy cpu currency-dollar database device-desktop device-mobile dots
dots-vertical download external-link eye eye-off file-certificate file-check file-download file-invoice
file-text file-upload files filter flag gauge git-branch hash heart-handshake help-circle history home
hourglass info-circle key keyboard layout-kanban link list list-check lock lock-open login logout mail map-pin
maximize menu-2 message message-question minus moon network package pencil phone phone-call photo player-pause
player-play player-stop plus progress-check qrcode receipt refresh robot route router scale school search send server
settings shield shield-check shield-lock signature star stethoscope sun sun-moon tool tools trash trending-up
truck upload urgent user user-check user-plus user-x users versions wifi-off x zip
"""
ICONS = ICON_NAMES.split()

# What a browser would follow by itself. Namespaces (www.w3.org) and comments are never fetched.
FETCHED = re.compile(r"""@import[^;]*;|url\((?!\s*["']?(?:data:|#))[^)]*\)|\bimportScripts\(|sourceMappingURL=""")


def fetch(package: Package, folder: Path) -> Path:
    """Return the package's archive, its hash checked."""
    subprocess.run(
        ["npm", "pack", "--silent", "--pack-destination", str(folder), f"{package.name}@{package.version}"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (archive,) = folder.glob("*.tgz")
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != package.sha512:
        sys.exit(f"vendor: {package.name} {package.version} has sha512 {found}, not the one that is pinned")
    return archive


def sprite(nodes: str) -> str:
    """Merge the chosen outlines into one file: <use href=".../icons.svg#bf-clock"/> draws one."""
    known = json.loads(nodes)
    symbols = []
    for icon in ICONS:
        shapes = "".join(
            f"<{tag} " + " ".join(f'{key}="{value}"' for key, value in sorted(attributes.items())) + "/>"
            for tag, attributes in known[icon]
        )
        symbols.append(
            f'<symbol id="bf-{icon}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
            f'stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
        )
    licence = "<!-- From Tabler Icons, MIT licence: see tabler-icons.LICENSE.txt -->"
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join([licence, *symbols]) + "\n</svg>\n"


def cleaned(text: str) -> str:
    """Drop the pointer to a source map that is not vendored."""
    return re.sub(r"\n?(//# sourceMappingURL=\S+|/\*# sourceMappingURL=\S+ \*/)\s*$", "\n", text)


def main() -> None:
    VENDOR.mkdir(parents=True, exist_ok=True)
    table = ["| package | version | sha512 of the npm archive | files |", "|---|---|---|---|"]
    for package in PACKAGES:
        with tempfile.TemporaryDirectory() as scratch, tarfile.open(fetch(package, Path(scratch))) as archive:
            for inside, name in package.files.items():
                member = archive.extractfile(f"package/{inside}")
                if member is None:
                    sys.exit(f"vendor: {package.name} has no file {inside}")
                content = member.read()
                if name.endswith(".woff2"):  # a font names no address
                    (VENDOR / name).write_bytes(content)
                    continue
                text = content.decode()
                text = sprite(text) if name == "icons.svg" else cleaned(text)
                if hit := FETCHED.search(text):
                    sys.exit(f"vendor: {name} would make a browser fetch {hit[0][:80]!r}")
                (VENDOR / name).write_text(text)
        files = ", ".join(package.files.values())
        table.append(f"| {package.name} | {package.version} | `{package.sha512}` | {files} |")
    note = ["# What the browser gets from others", "", "Written by `make vendor`, see tools/vendor.py.", ""]
    (VENDOR / "README.md").write_text("\n".join([*note, *table, ""]))
    print(f"vendor: {len(PACKAGES)} packages, {len(ICONS)} icons in {VENDOR}")


if __name__ == "__main__":
    main()
