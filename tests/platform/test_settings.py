"""Settings: read once, every unsafe combination refused by name, no value echoed."""

import dataclasses
from pathlib import Path

import pytest

from fac import opening
from fac import settings as settings_module
from fac.db.claims import Login
from fac.errors import SettingsUnsafe
from fac.settings import Environment, MailSecurity, Settings

PRODUCTION = {
    "FAC_ENV": "production",
    "FAC_DATABASE_URL": "postgresql://db.example.org/fac",
    "FAC_DATABASE_PASSWORDS": "/run/secrets",
}
MAIL = {"FAC_SMTP_HOST": "mail.example.org", "FAC_SMTP_FROM": "fac@example.org"}


def faults(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsUnsafe) as refused:
        Settings.read(environ)
    return str(refused.value)


def test_forgetting_everything_means_production_and_is_refused() -> None:
    assert "FAC_DATABASE_URL must be set in production" in faults({})


def test_production_has_no_free_documents_by_default() -> None:
    settings = Settings.read(PRODUCTION)
    assert settings.environment is Environment.production
    assert not settings.free_documents


def test_demo_has_free_documents_and_needs_no_database() -> None:
    settings = Settings.read({"FAC_ENV": "demo"})
    assert settings.free_documents
    assert settings.database_url is None


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        ({"FAC_FREE_DOCUMENTS": "1"}, "FAC_FREE_DOCUMENTS"),
        ({"FAC_ROOT_KEY_FILE": "/run/secrets/root"}, "FAC_ROOT_KEY_FILE"),
        ({"FAC_DATABASE_URL": ""}, "FAC_DATABASE_URL"),
        ({"FAC_DATABASE_PASSWORDS": ""}, "FAC_DATABASE_PASSWORDS"),
        ({"FAC_PG_BIN": "/usr/bin"}, "FAC_PG_BIN"),
        ({"FAC_LOG_LEVEL": "debug"}, "FAC_LOG_LEVEL"),
        ({**MAIL, "FAC_SMTP_TLS": "plain"}, "FAC_SMTP_TLS"),
    ],
)
def test_production_refuses(extra: dict[str, str], named: str) -> None:
    assert named in faults({**PRODUCTION, **extra})
    Settings.read({**PRODUCTION, "FAC_ENV": "dev", **extra})


@pytest.mark.parametrize("environment", ["dev", "test", "demo"])
def test_invented_data_are_not_served_to_the_network_by_accident(environment: str) -> None:
    remote = {"FAC_ENV": environment, "FAC_HOST": "0.0.0.0"}  # noqa: S104  # refused is the point
    assert "FAC_HOST" in faults(remote)
    assert Settings.read({**remote, "FAC_ALLOW_REMOTE": "1"}).host == "0.0.0.0"  # noqa: S104  # asked for


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FAC_ENV", "staging"),
        ("FAC_PORT", "0"),
        ("FAC_PORT", "65536"),
        ("FAC_PORT", "8000x"),
        ("FAC_PORT", "٨٠٠٠"),
        ("FAC_POOL_SIZE", "-1"),
        ("FAC_POOL_SIZE", "1"),  # what mixes postings holds two
        ("FAC_FREE_DOCUMENTS", "yes"),
        ("FAC_LOG_LEVEL", "loud"),
        ("FAC_DATABASE_URL", "mysql://u@h/d"),
        ("FAC_DATABASE_URL", "postgresql://fac:hush@h/d"),
        ("FAC_FREE_DOCUMENT", "0"),
    ],
)
def test_a_wrong_value_is_named_and_not_echoed(name: str, value: str) -> None:
    said = faults({"FAC_ENV": "dev", name: value})
    assert name in said
    assert value == "0" or value not in said.replace(name, "")


def test_every_fault_is_told_at_once() -> None:
    said = faults({"FAC_ENV": "dev", "FAC_PORT": "x", "FAC_POOL_SIZE": "y", "FAC_TYPO": "z"})
    assert all(name in said for name in ("FAC_PORT", "FAC_POOL_SIZE", "FAC_TYPO"))


def test_each_login_has_the_password_of_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "fac_staff").write_text("p@ss/w:rd#1\n")
    settings = Settings.read(
        {**PRODUCTION, "FAC_DATABASE_URL": "postgresql://db:6432/fac", "FAC_DATABASE_PASSWORDS": str(tmp_path)}
    )
    assert opening.address_of(settings, Login.staff) == "postgresql://fac_staff:p%40ss%2Fw%3Ard%231@db:6432/fac"
    with pytest.raises(SettingsUnsafe, match="fac_partner"):
        opening.address_of(settings, Login.partner)


@pytest.mark.parametrize("user", ["fac", "fac:two"])
def test_one_user_for_all_logins_is_refused(user: str) -> None:
    said = faults({**PRODUCTION, "FAC_DATABASE_URL": f"postgresql://{user}@db/fac"})
    assert "FAC_DATABASE_URL must name no user" in said
    assert "two" not in said


def test_mail_is_encrypted_unless_said_otherwise(tmp_path: Path) -> None:
    secret = tmp_path / "smtp"
    secret.write_text("hush")
    mail = Settings.read({**PRODUCTION, **MAIL, "FAC_SMTP_USER": "fac", "FAC_SMTP_PASSWORD_FILE": str(secret)}).mail
    assert mail is not None
    assert (mail.security, mail.port, mail.password) == (MailSecurity.starttls, 587, "hush")
    assert "hush" not in repr(mail)
    tls = Settings.read({**PRODUCTION, **MAIL, "FAC_SMTP_TLS": "tls"}).mail
    assert tls is not None
    assert tls.port == 465
    assert "FAC_SMTP_FROM" in faults({**PRODUCTION, "FAC_SMTP_HOST": "mail.example.org"})


def test_settings_are_frozen_and_their_repr_shows_no_address() -> None:
    settings = Settings.read({**PRODUCTION, "FAC_DATABASE_URL": "postgresql://db/hush"})
    assert "hush" not in repr(settings)
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.free_documents = True  # type: ignore[misc]  # that it cannot is the test


def test_every_setting_is_in_the_deployment_guide() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text()
    for name in settings_module._KNOWN - {"FAC_SKIP_SETUP", "FAC_TEST_DATABASE_URL", "FAC_TEST_CONTAINERS"}:
        assert f"`{name}`" in guide, name
