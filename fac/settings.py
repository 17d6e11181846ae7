"""What the process was told by its environment: read once, frozen, and refused where it would be unsafe.

The default environment is production, so that forgetting a variable never opens anything. Secrets come from files
(``*_FILE``), as container secrets do; an unknown FAC_ variable is refused, because a misspelt one would fail open.
Never: echo a value, or be imported by a floor below app and cli: each is handed what it needs.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from fac.errors import SettingsUnsafe

Word = TypeVar("Word", bound=StrEnum)
Result = TypeVar("Result")

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_LOG_LEVELS = frozenset({"debug", "info", "warning", "error"})
_POOL_LIMIT = 200
_KEY_PREFIX = re.compile(r"[A-Za-z0-9-]{1,64}")
_KNOWN = frozenset(
    {
        "FAC_ENV",
        "FAC_DATABASE_URL",
        "FAC_DATABASE_PASSWORDS",
        "FAC_DATA",
        "FAC_ROOT_KEY_FILE",
        "FAC_ROOT_AWS_KMS",
        "FAC_ROOT_VAULT",
        "FAC_VAULT_ADDRESS",
        "FAC_VAULT_MOUNT",
        "FAC_VAULT_TOKEN_FILE",
        "FAC_VAULT_CA_FILE",
        "FAC_ROLES",
        "FAC_SHRED_LEDGER",
        "FAC_HOST",
        "FAC_PORT",
        "FAC_ALLOW_REMOTE",
        "FAC_FREE_DOCUMENTS",
        "FAC_POOL_SIZE",
        "FAC_LOG_LEVEL",
        "FAC_SMTP_HOST",
        "FAC_SMTP_PORT",
        "FAC_SMTP_USER",
        "FAC_SMTP_PASSWORD_FILE",
        "FAC_SMTP_FROM",
        "FAC_SMTP_TLS",
        "FAC_PG_BIN",
        "FAC_PG_USER",
        "FAC_SKIP_SETUP",
        "FAC_TEST_DATABASE_URL",
        "FAC_TEST_CONTAINERS",
    }
)


class Environment(StrEnum):
    """Where the process runs; everything but production may hold invented people only."""

    dev = auto()
    test = auto()
    demo = auto()
    production = auto()


class MailSecurity(StrEnum):
    """How the connection to the mail server is protected."""

    starttls = auto()
    tls = auto()
    plain = auto()


@dataclass(frozen=True, slots=True)
class Mail:
    """The mail server notifications leave by."""

    host: str
    port: int
    sender: str
    security: MailSecurity
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class VaultSettings:
    """Where the transit engine is; the token is read from its file at each call, because an agent renews it."""

    prefix: str
    address: str
    token_file: Path
    mount: str = "transit"
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the environment decides. ``database_url`` is None where the embedded server is to be used."""

    environment: Environment
    data: Path
    database_url: str | None = field(default=None, repr=False)
    database_passwords: Path | None = None  # a folder with a file for each login role this process has
    root_key_file: Path | None = None
    root_aws_kms: str | None = None  # prefix of the KMS keys' aliases
    root_vault: VaultSettings | None = None
    shred_ledger: Path | None = None  # the file of who was erased; without it nobody is
    roles: tuple[str, ...] = ()  # the roles this process serves; none named: all
    host: str = "127.0.0.1"
    port: int = 8000
    free_documents: bool = False
    pool_size: int = 10
    log_level: str = "info"
    mail: Mail | None = None
    postgres_programs: Path | None = None

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """Return the settings in ``environ``; raises SettingsUnsafe that names every fault at once."""
        reader = _Reader(environ)
        environment = reader.word("FAC_ENV", Environment, Environment.production)
        data = reader.path("FAC_DATA") or Path(".fac-demo").absolute()
        settings = cls(
            environment=environment,
            data=data,
            database_url=reader.database_url(),
            database_passwords=reader.path("FAC_DATABASE_PASSWORDS"),
            root_key_file=reader.path("FAC_ROOT_KEY_FILE"),
            root_aws_kms=reader.key_prefix("FAC_ROOT_AWS_KMS"),
            root_vault=reader.vault(),
            shred_ledger=reader.path("FAC_SHRED_LEDGER")
            or (None if environment is Environment.production else data / "shred-ledger.jsonl"),
            roles=reader.words("FAC_ROLES"),
            host=reader.text("FAC_HOST", "127.0.0.1"),
            port=reader.number("FAC_PORT", 8000, 1, 65535),
            free_documents=reader.flag("FAC_FREE_DOCUMENTS", environment in (Environment.dev, Environment.demo)),
            pool_size=reader.number("FAC_POOL_SIZE", 10, 2, _POOL_LIMIT),
            log_level=reader.text("FAC_LOG_LEVEL", "info"),
            mail=reader.mail(),
            postgres_programs=reader.path("FAC_PG_BIN"),
        )
        allow_remote = reader.flag("FAC_ALLOW_REMOTE", False)
        faults = [*reader.faults, *_unsafe(settings, allow_remote=allow_remote)]
        if faults:
            raise SettingsUnsafe(*faults)
        return settings


def _unsafe(settings: Settings, *, allow_remote: bool) -> list[str]:
    in_production = settings.environment is Environment.production
    mail = settings.mail
    vault = settings.root_vault
    roots = [
        name
        for name, given in (
            ("FAC_ROOT_KEY_FILE", settings.root_key_file),
            ("FAC_ROOT_AWS_KMS", settings.root_aws_kms),
            ("FAC_ROOT_VAULT", vault),
        )
        if given is not None
    ]
    rules: list[tuple[bool, str]] = [
        (in_production and settings.free_documents, "FAC_FREE_DOCUMENTS may not be on in production"),
        (in_production and settings.root_key_file is not None, "FAC_ROOT_KEY_FILE may not be used in production"),
        (len(roots) > 1, f"only one of {', '.join(roots)} may be set: one root opens the keys"),
        (in_production and settings.database_url is None, "FAC_DATABASE_URL must be set in production"),
        (in_production and settings.database_passwords is None, "FAC_DATABASE_PASSWORDS must be set in production"),
        (in_production and settings.postgres_programs is not None, "FAC_PG_BIN may not be used in production"),
        (in_production and settings.log_level == "debug", "FAC_LOG_LEVEL may not be debug in production"),
        (
            in_production and mail is not None and mail.security is MailSecurity.plain,
            "FAC_SMTP_TLS may not be plain in production",
        ),
        (
            in_production and vault is not None and not vault.address.startswith("https://"),
            "FAC_VAULT_ADDRESS must begin with https:// in production",
        ),
        (
            not in_production and settings.host not in _LOOPBACK and not allow_remote,
            "FAC_HOST must be a loopback address outside production (FAC_ALLOW_REMOTE=1 for invented data only)",
        ),
        (settings.log_level not in _LOG_LEVELS, "FAC_LOG_LEVEL must be debug, info, warning or error"),
    ]
    return [fault for broken, fault in rules if broken]


class _Reader:
    """Reads typed values and collects the faults, naming variables and never values."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        unknown = sorted(name for name in environ if name.startswith("FAC_") and name not in _KNOWN)
        self.faults = [f"{name} is not a setting (misspelt?)" for name in unknown]

    def text(self, name: str, default: str) -> str:
        return self._environ.get(name) or default

    def path(self, name: str) -> Path | None:
        given = self._environ.get(name)
        return Path(given).absolute() if given else None

    def flag(self, name: str, default: bool) -> bool:
        given = self._environ.get(name, "")
        if given not in {"", "0", "1"}:
            self.faults.append(f"{name} must be 0 or 1")
        return given == "1" if given else default

    def number(self, name: str, default: int, low: int, high: int) -> int:
        given = self._environ.get(name) or str(default)
        if given.isascii() and given.isdigit() and low <= int(given) <= high:
            return int(given)
        self.faults.append(f"{name} must be a whole number from {low} to {high}")
        return default

    def word(self, name: str, words: type[Word], default: Word) -> Word:
        given = self._environ.get(name)
        if not given:
            return default
        if given in words.__members__:
            return words(given)
        self.faults.append(f"{name} must be one of {', '.join(words)}")
        return default

    def words(self, name: str) -> tuple[str, ...]:
        return tuple(word.strip() for word in self._environ.get(name, "").split(",") if word.strip())

    def key_prefix(self, name: str) -> str | None:
        given = self._environ.get(name)
        if given and not _KEY_PREFIX.fullmatch(given):
            self.faults.append(f"{name} must be 1 to 64 letters, digits and dashes: it begins the names of the keys")
        return given or None

    def vault(self) -> VaultSettings | None:
        prefix, token_file = self.key_prefix("FAC_ROOT_VAULT"), self.path("FAC_VAULT_TOKEN_FILE")
        if prefix is None:
            return None
        address = self.text("FAC_VAULT_ADDRESS", "")
        if token_file is None or not address.startswith(("https://", "http://")):
            self.faults.append("FAC_ROOT_VAULT needs FAC_VAULT_ADDRESS (https://...) and FAC_VAULT_TOKEN_FILE")
            return None
        return VaultSettings(
            prefix, address, token_file, self.text("FAC_VAULT_MOUNT", "transit"), self.path("FAC_VAULT_CA_FILE")
        )

    def secret(self, name: str) -> str | None:
        """Return the text of the file that ``name`` points to, without the line end an editor adds."""
        path = self.path(name)
        if path is None:
            return None
        return self._guarded(name, lambda: path.read_text("utf-8").rstrip("\r\n"))

    def database_url(self) -> str | None:
        given = self._environ.get("FAC_DATABASE_URL")
        if not given:
            return None
        parts = self._guarded("FAC_DATABASE_URL", lambda: urlsplit(given))
        if parts is None or parts.scheme not in {"postgresql", "postgres"}:
            self.faults.append("FAC_DATABASE_URL must be postgresql://host:port/database")
            return None
        if "@" in parts.netloc:
            # Each login role has its own password; one user for all would undo row-level security.
            self.faults.append("FAC_DATABASE_URL must name no user: the passwords are in FAC_DATABASE_PASSWORDS")
            return None
        return given

    def mail(self) -> Mail | None:
        host = self._environ.get("FAC_SMTP_HOST")
        if not host:
            return None
        security = self.word("FAC_SMTP_TLS", MailSecurity, MailSecurity.starttls)
        sender = self.text("FAC_SMTP_FROM", "")
        if "@" not in sender:
            self.faults.append("FAC_SMTP_FROM must be the address mail is sent from")
        return Mail(
            host=host,
            port=self.number("FAC_SMTP_PORT", 465 if security is MailSecurity.tls else 587, 1, 65535),
            sender=sender,
            security=security,
            user=self._environ.get("FAC_SMTP_USER") or None,
            password=self.secret("FAC_SMTP_PASSWORD_FILE"),
        )

    def _guarded(self, name: str, read: Callable[[], Result]) -> Result | None:
        try:
            return read()
        except (OSError, ValueError):
            self.faults.append(f"{name} cannot be read")
            return None
