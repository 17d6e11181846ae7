"""The deployment files, read as data: hardened containers, secrets by file, no default password, no value in logs."""

import re
import subprocess
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml

from fac import settings as settings_module
from fac.db import postmaster
from fac.db.claims import BACKING, KEEPING, SERVING, WORKING, Login
from fac.db.engine import SETTINGS
from fac.errors import SettingsUnsafe
from fac.settings import Environment, Settings
from tests.world import address_of

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("app", "worker", "keeper", "migrate", "backup", "restore")
DOCKERFILE = (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_hardened(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")
    assert service.get("network_mode") != "host"
    assert not any("docker.sock" in volume for volume in service.get("volumes", []))


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_that_stays_is_watched(name: str) -> None:
    service = SERVICES[name]
    if service["restart"] == "no":
        assert service["healthcheck"] == {"disable": True}
    else:
        assert service["healthcheck"]["test"][0] == "CMD"


def test_no_secret_stands_in_the_file_or_has_a_default() -> None:
    for service in SERVICES.values():
        for variable, value in service.get("environment", {}).items():
            assert not re.search(r"://[^/@]*:[^/@]*@", str(value)), variable
            if re.search("PASSWORD|SECRET|TOKEN|KEY", variable):
                assert variable.endswith("_FILE") or value == "/run/secrets", variable
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())
    assert "/secrets/" in (ROOT / ".gitignore").read_text()
    assert (ROOT / ".dockerignore").read_text().startswith("*\n")


def test_every_secret_used_is_declared_and_every_declared_one_used() -> None:
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])


def test_the_database_is_on_the_inner_network_only() -> None:
    assert COMPOSE["networks"]["inner"]["internal"] is True
    for name in ("postgres", "pgbouncer"):
        assert SERVICES[name]["networks"] == ["inner"]
        assert "ports" not in SERVICES[name]
    for port in SERVICES["app"]["ports"]:
        assert port.startswith("127.0.0.1:")


def test_postgresql_18_keeps_its_data_where_the_image_expects_them() -> None:
    postgres = SERVICES["postgres"]
    assert postgres["image"] == "postgres:18"
    assert any(volume.split(":")[1] == "/var/lib/postgresql" for volume in postgres["volumes"])


def test_postgresql_logs_as_little_as_the_embedded_one() -> None:
    command = SERVICES["postgres"]["command"]
    for name, value in postmaster.SETTINGS.items():
        if name.startswith("log_") and name != "log_timezone":
            assert f"{name}={value}" in command
    assert "jit=off" in command


def test_the_application_is_no_superuser() -> None:
    script = (ROOT / "deploy" / "create-database.sh").read_text()
    assert "NOSUPERUSER" in script
    assert "NOBYPASSRLS" in script
    for name in OURS:
        assert "@" not in SERVICES[name]["environment"]["FAC_DATABASE_URL"]  # by the logins whose passwords it has
    assert {name: set(SERVICES[name]["secrets"]) for name in OURS} == {
        "app": {login.role for login in SERVING},
        "worker": {login.role for login in WORKING},
        "keeper": {login.role for login in KEEPING},
        "migrate": {Login.owner.role},
        "backup": {login.role for login in BACKING},
        "restore": {login.role for login in (Login.owner, *KEEPING, *BACKING)},
    }
    assert all(login.role in script for login in Login)


def test_only_requests_go_through_the_pooler() -> None:
    places = {name: SERVICES[name]["environment"]["FAC_DATABASE_URL"].split("//")[1] for name in OURS}
    direct = dict.fromkeys(set(OURS) - {"app"}, "postgres:5432/fac")
    assert places == {"app": "pgbouncer:6432/fac"} | direct
    pooler = (ROOT / "deploy" / "pgbouncer.ini").read_text()
    assert "pool_mode = transaction" in pooler
    assert re.search(r"max_prepared_statements = [1-9]", pooler)


def test_the_pooler_refuses_no_setting_that_a_connection_asks_for_and_each_login_role_has_it() -> None:
    pooler = (ROOT / "deploy" / "pgbouncer.ini").read_text()
    (ignored,) = re.findall(r"^ignore_startup_parameters = (.*)$", pooler, re.MULTILINE)
    assert set(ignored.split(",")) == set(SETTINGS)
    script = (ROOT / "deploy" / "create-database.sh").read_text()
    assert dict(re.findall(r"""^ALTER ROLE :"role" SET (\w+) = '([^']*)';$""", script, re.MULTILINE)) == SETTINGS


async def test_a_connection_that_asks_for_nothing_is_served_with_the_settings_all_the_same(database_url: str) -> None:
    for login in Login:
        connection = await asyncpg.connect(address_of(database_url, login))
        try:
            assert {name: await connection.fetchval(f"SHOW {name}") for name in SETTINGS} == SETTINGS
        finally:
            await connection.close()


def test_the_server_answers_for_itself_and_not_for_the_one_of_its_first_set_up() -> None:
    assert "--host=127.0.0.1" in SERVICES["postgres"]["healthcheck"]["test"]


def test_one_image_runs_every_part_after_the_migration() -> None:
    assert {SERVICES[name]["image"] for name in OURS} == {"fac:${FAC_IMAGE_TAG:-local}"}
    assert {name: SERVICES[name]["command"] for name in OURS} == {
        "app": ["serve"],
        "worker": ["worker"],
        "keeper": ["keys", "status"],
        "migrate": ["migrate"],
        "backup": ["backup", "/var/lib/fac-backups"],
        "restore": ["restore", "--help"],
    }
    for name in ("app", "worker", "keeper", "backup"):
        assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_the_settings_understand_every_variable_of_the_deployment() -> None:
    variables = {name for each in OURS for name in SERVICES[each]["environment"] if name.startswith("FAC_")}
    variables |= set(re.findall(r"\bFAC_[A-Z_]+(?==)", DOCKERFILE))
    with pytest.raises(SettingsUnsafe) as refused:
        Settings.read(dict.fromkeys(variables, "x"))
    assert "misspelt" not in str(refused.value)


# Settings that a container of production is not told by compose, and why.
_ELSEWHERE = {
    "FAC_HOST": "the image", "FAC_DATA": "the image", "FAC_PORT": "the port that is published",
    "FAC_FREE_DOCUMENTS": "never", "FAC_PG_BIN": "never", "FAC_PG_USER": "never",
    "FAC_SKIP_SETUP": "a checkout", "FAC_TEST_DATABASE_URL": "a checkout", "FAC_TEST_CONTAINERS": "a checkout",
}  # fmt: skip


@pytest.mark.parametrize("name", OURS)
def test_every_setting_of_production_is_passed_on(name: str) -> None:
    of_mail = {each for each in settings_module._KNOWN if each.startswith("FAC_SMTP_")}  # the worker's alone
    given = set(SERVICES[name]["environment"])
    assert settings_module._KNOWN - set(_ELSEWHERE) - (set() if name == "worker" else of_mail) <= given
    assert {"AWS_DEFAULT_REGION", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ENDPOINT_URL_KMS"} <= given
    assert bool(of_mail & given) is (name == "worker")


def interpolated(name: str, outside: dict[str, str]) -> dict[str, str]:
    """Return what a container is told, as compose puts it together: ``:-`` takes an empty text for none."""

    def value_of(found: re.Match[str]) -> str:
        variable, how, otherwise = found.groups()
        if ":" in how:
            return outside.get(variable) or str(otherwise)
        return outside.get(variable, str(otherwise))

    told = {key: value for key, value in SERVICES[name]["environment"].items() if value is not None}
    of_image = dict(re.findall(r"\b(FAC_[A-Z_]+)=(\S+)", DOCKERFILE))
    return of_image | {key: re.sub(r"\$\{(\w+)(:?[-?])([^}]*)\}", value_of, value) for key, value in told.items()}


@pytest.mark.parametrize("name", OURS)
def test_production_starts_with_a_root_in_a_key_service(name: str) -> None:
    common = {
        "FAC_ENV": "production", "FAC_ROOT_KEY_FILE": "",
        "FAC_SMTP_HOST": "mail.example.org", "FAC_SMTP_FROM": "fac@example.org",
    }  # fmt: skip
    in_aws = Settings.read(interpolated(name, common | {"FAC_ROOT_AWS_KMS": "county"}))
    vault = {"FAC_ROOT_VAULT": "county", "FAC_VAULT_ADDRESS": "https://vault.example.org"}
    in_vault = Settings.read(interpolated(name, common | vault))
    assert (in_aws.environment, in_aws.root_aws_kms) == (Environment.production, "county")
    assert in_vault.root_vault is not None
    inside = {f"/{volume.removesuffix(':ro').rsplit(':/', 1)[1]}" for volume in SERVICES[name]["volumes"]}
    assert in_aws.shred_ledger is not None
    assert {str(in_aws.shred_ledger.parent), str(in_vault.root_vault.token_file.parent)} <= inside
    assert (in_aws.mail is not None) is (name == "worker")


def test_only_the_keepers_identity_at_the_key_service_is_lent_to_who_changes_keys() -> None:
    lent = {name: [each for each in SERVICES[name]["volumes"] if each.endswith(":/run/services:ro")] for name in OURS}
    assert lent == {
        name: [f"./services/{'keeping' if name in {'keeper', 'restore'} else 'serving'}:/run/services:ro"]
        for name in OURS
    }
    assert "/services/" in (ROOT / ".gitignore").read_text()


def test_the_image_runs_as_nobody_in_particular_and_installs_by_hash() -> None:
    final = DOCKERFILE.rsplit("\nFROM ", 1)[1]
    assert re.search(r"^USER 10001:10001$", final, re.MULTILINE)
    assert "HEALTHCHECK" in final
    assert DOCKERFILE.count("\nFROM ") == 2
    for line in re.findall(r"pip install[^\n&]*", DOCKERFILE):
        assert "--require-hashes" in line or "--no-index" in line, line
    assert ":latest" not in DOCKERFILE
    assert not re.search(r"^(ADD|RUN curl|RUN wget)", DOCKERFILE, re.MULTILINE)


def test_everything_the_image_copies_is_there_and_let_through() -> None:
    let_through = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert source in let_through
            assert (ROOT / source).exists(), source


@pytest.mark.parametrize("script", [".ci/run", ".ci/lock", "deploy/create-database.sh"])
def test_scripts_are_executable_and_parse(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & 0o111
    shell = "bash" if "bash" in path.read_text().splitlines()[0] else "sh"
    checked = subprocess.run([shell, "-n", str(path)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
