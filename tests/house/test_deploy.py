"""What deploy/ says is true of the product: its settings, its commands and options, its addresses.

Containers, proxies and service managers are not here when tests run; what can be read about them is checked.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from breakfix import settings
from breakfix.cli.main import main
from breakfix.cli.serve import LAST_WORDS

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
# What is for others: the database's image, the shell of a backup.
NOT_OURS = {"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "BREAKFIX_APP_PASSWORD", "BREAKFIX_HOST", "TO"}
NOT_OURS |= {"BACKUP_RECIPIENT", "BACKUP_FOLDER"}


def documented() -> set[str]:
    """The variables in the table of settings.py."""
    return set(re.findall(r"^\| ([A-Z_]+) ", settings.__doc__ or "", re.MULTILINE))


def refused(line: list[str]) -> str:
    """What is wrong with a command line of ours, without running it."""
    name, *given = line
    command = main.commands.get(name)
    if command is None:
        return f"no command {name}"
    try:
        command.make_context(name, list(given))
    except click.UsageError as error:
        return f"{name}: {error.format_message()}"
    return ""


def commands() -> list[list[str]]:
    """Every command line of ours in compose, units, Containerfile and the operators' page."""
    found = [one["command"] for one in COMPOSE["services"].values() if "command" in one]
    health = COMPOSE["services"]["worker"]["healthcheck"]["test"]
    found.append(health[health.index("breakfix") + 1 :])
    image = (DEPLOY / "Containerfile").read_text()
    found += [yaml.safe_load(line) for line in re.findall(r"^CMD (\[.+\])$", image, re.MULTILINE)]
    for unit in UNITS:
        [start] = re.findall(r"bin/breakfix ([^'\n]+)", unit.read_text())
        found.append(shlex.split(re.sub(r"\$+\([^)]*\)", "now", start)))  # what a shell fills in
    found += [shlex.split(line) for line in re.findall(r"^breakfix (.+?)(?:\s+#.*)?$", page(), re.MULTILINE)]
    return found


def page() -> str:
    return (ROOT / "docs" / "operating.md").read_text()


def test_every_command_that_is_deployed_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("backup.age", "identity.txt", "passphrase.txt"):  # files that options have to find
        (tmp_path / name).touch()
    assert len(commands()) > 12
    assert [wrong for line in commands() if (wrong := refused(line))] == []
    assert refused(["serve", "--turbo"]) != ""
    assert refused(["polish"]) != ""


def test_every_variable_that_is_deployed_is_a_setting() -> None:
    services = COMPOSE["services"].values()
    named = {name for service in services for name in service.get("environment", {})}
    named |= set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "example.env").read_text(), re.MULTILINE))
    for unit in UNITS:
        named |= set(
            re.findall(r"([A-Z][A-Z_]+)=", " ".join(re.findall("^Environment=(.*)$", unit.read_text(), re.M)))
        )
    image = (DEPLOY / "Containerfile").read_text()
    named |= set(re.findall(r"(BREAKFIX_[A-Z_]+)=", image))
    assert named - NOT_OURS - documented() == set()
    asked = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text()))
    offered = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "example.env").read_text(), re.MULTILINE))
    assert asked == offered


def test_readme_names_the_same_variables_as_the_settings() -> None:
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert told == documented()


def test_services_depend_on_services_and_volumes_that_exist() -> None:
    services = COMPOSE["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or source.startswith(("./", "${")), name
    assert (DEPLOY / "postgres" / "roles.sh").exists()
    assert "healthcheck" in services["database"]
    assert "--no-prepare" in services["web"]["command"]  # its role may not change tables
    owner = re.compile("breakfix_owner:")
    assert not any(owner.search(services[name]["environment"]["DATABASE_URL"]) for name in ("web", "worker"))


def test_the_plain_role_gets_rows_and_nothing_else() -> None:
    script = (DEPLOY / "postgres" / "roles.sh").read_text()
    for word in ("NOSUPERUSER", "NOBYPASSRLS", "NOCREATEROLE", "NOCREATEDB"):
        assert word in script
    assert not re.search(r"GRANT\s+(ALL|CREATE|TRUNCATE)|OWNER", script)


def test_the_image_runs_as_nobody_in_particular_and_is_looked_after() -> None:
    image = (DEPLOY / "Containerfile").read_text()
    users = re.findall(r"^USER (\w+)$", image, re.MULTILINE)
    assert users == ["breakfix"]
    assert "HEALTHCHECK" in image
    assert "--require-hashes" in image
    for path in re.findall(r"^COPY (?!--from)(.+) \S+$", image, re.MULTILINE):
        assert all((ROOT / one).exists() for one in path.split()), path


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_units_are_hardened_and_stop_gently(unit: Path) -> None:
    text = unit.read_text()
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "User=breakfix", "UMask=0077"):
        assert line in text, line
    if "Restart=" in text:
        [patience] = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
        assert int(patience) > LAST_WORDS


@pytest.mark.parametrize("proxy", ["Caddyfile", "nginx.conf"])
def test_proxies_keep_figures_at_home_and_say_who_they_are(proxy: str) -> None:
    text = (DEPLOY / "proxy" / proxy).read_text()
    assert text.count("{") == text.count("}")
    for word in ("/metrics", "/readyz", "127.0.0.1:8000", "X-Request-ID"):
        assert word in text
    largest = settings.BREAKFIX_MAX_UPLOAD_BYTES // 2**20
    [limit] = re.findall(r"(?:client_max_body_size|max_size) (\d+)", text)
    assert int(limit) > largest


PRODUCTION = {
    "BREAKFIX_SECRET_KEY": "kX9-e2Q_v7Lw0ZtRb4Nc8Jd5Hs1Gf6Ya3Um-Pi_oTqEzWxCrVn",
    "BREAKFIX_SITE_URL": "https://desk.example.com",
    "BREAKFIX_ALLOWED_HOSTS": "desk.example.com",
    "BREAKFIX_BEHIND_PROXY": "on",
    "DJANGO_SETTINGS_MODULE": "breakfix.settings",
}


def checked(folder: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    ours = ("BREAKFIX_", "DJANGO_", "DATABASE_", "TEST_DATABASE_", "EMAIL_", "PROMETHEUS_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    env = {**clean, **PRODUCTION, "BREAKFIX_VAR": str(folder), **more}
    command = [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.mark.plays
def test_production_settings_have_nothing_to_be_warned_of(tmp_path: Path) -> None:
    clean = checked(tmp_path)
    assert clean.returncode == 0, clean.stderr
    assert checked(tmp_path, BREAKFIX_SITE_URL="http://desk.example.com").returncode == 1


@pytest.mark.plays
def test_without_a_secret_key_or_with_a_wrong_format_nothing_starts(tmp_path: Path) -> None:
    assert "BREAKFIX_SECRET_KEY is not set" in checked(tmp_path, BREAKFIX_SECRET_KEY="").stderr
    assert "BREAKFIX_LOG_FORMAT is json or text" in checked(tmp_path, BREAKFIX_LOG_FORMAT="xml").stderr


def test_proxies_pass_on_no_request_before_all_of_it_has_arrived() -> None:
    """Eight bodies sent by half would hold the eight threads of a web process, and everybody else would wait."""
    nginx, caddy = (DEPLOY / "proxy" / "nginx.conf").read_text(), (DEPLOY / "proxy" / "Caddyfile").read_text()
    assert re.search(r"^    proxy_request_buffering +on;$", nginx, re.MULTILINE)
    assert {"client_header_timeout", "client_body_timeout"} <= set(
        re.findall(r"^    (\w+) +\d+s;$", nginx, re.MULTILINE)
    )
    assert re.findall(r"request_buffers (\w+)", caddy) == re.findall(r"max_size (\w+)", caddy) != []
    assert re.findall(r"read_(header|body) \d+s", caddy) == ["header", "body"]
    assert "request_buffers" in page()
    assert "proxy_request_buffering on" in page()
