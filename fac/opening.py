"""From settings to a running set of parts: the database reached and of the right schema, the root key read, keys open.

Never: start on a schema older than the program or on a database that knows somebody who was erased, or keep a
connection when the start fails.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fac import app
from fac.casework.unforgotten import by_incident, unforgotten
from fac.crypto.root import FAMILIES, FileRoot, RootProvider
from fac.db import fencing, migrating
from fac.db.claims import KEEPING, Login, logins_of
from fac.db.engine import Database
from fac.db.rls.login_roles import address
from fac.db.rls.safety import refuse_unsafe
from fac.domain.vocabulary import Role
from fac.errors import DatabaseUnavailable, RestoreUnfinished, SettingsUnsafe, ShredLedgerInvalid
from fac.jobs.rotation.holding import Custody, Holder, following
from fac.logs import get_log

if TYPE_CHECKING:
    from fac.api.context import Parts
    from fac.settings import Settings, VaultSettings


KEY_SERVICE_CONNECT_SECONDS = 5
KEY_SERVICE_SECONDS = 10
KEY_SERVICE_TRIES = 4


@asynccontextmanager
async def opened(
    settings: "Settings", logins: Sequence[Login], *, personal: bool = True, policy_must_hold: bool = True
) -> AsyncIterator["Parts"]:
    """Lend the parts of a process that has ``logins`` and serves FAC_ROLES, with the keys these need; close them after.

    The first of ``logins`` is the process's own. Where nothing ``personal`` is ever sealed or opened (the worker,
    reports, administration) it holds the audit's key and no other. Each follows its keys as they change, but for a
    backup, which writes nothing into the database under them. The
    policy is what was approved last, or the program's own; where that need not hold, the program's own takes its place.

    Raises DatabaseUnavailable, RestoreUnfinished, PolicyInvalid when what was approved does not hold, WrongKey when the
    root is another one than the data were sealed under, KeyUnavailable when there are no keys, SettingsUnsafe also for
    a login that row-level security would not hold (outside tests).
    """
    running = _running(settings, served_roles(settings), logins, personal=personal, policy_must_hold=policy_must_hold)
    async with running as (parts, custody):
        async with parts.database.own_transaction() as connection:
            await fencing.refuse_unfinished(connection)
        await refuse_unforgotten(settings, parts)
        if parts.database.own is Login.backup:
            yield parts
            return
        async with following(custody.holder):
            yield parts


@asynccontextmanager
async def in_custody(
    settings: "Settings", *, create_keys: bool = False, create_later_keys: bool = False, also: Sequence[Login] = ()
) -> AsyncIterator[Custody]:
    """Lend every key, whatever FAC_ROLES says, and what the keys are changed with; raises as ``opened``.

    With ``create_keys`` a database without keys is given its first ones, with ``create_later_keys`` one that has keys
    those of classes that came with a later release. Open also while a restore is settled.
    """
    logins = (*KEEPING, *also)
    running = _running(
        settings, tuple(Role), logins, create_keys=create_keys, create_later_keys=create_later_keys,
        policy_must_hold=False,
    )  # fmt: skip
    async with running as (_, custody), following(custody.holder):
        yield custody


@asynccontextmanager
async def _running(
    settings: "Settings",
    roles: Sequence[Role],
    logins: Sequence[Login],
    *,
    create_keys: bool = False,
    create_later_keys: bool = False,
    personal: bool = True,
    policy_must_hold: bool = True,
) -> AsyncIterator[tuple["Parts", Custody]]:
    root = open_root(settings)
    addresses = {login: address_of(settings, login) for login in logins}
    await refuse_old_schema(addresses[logins[0]])
    database = await Database.open(addresses, own=logins[0], size=settings.pool_size)
    try:
        if settings.environment != "test":
            await refuse_unsafe(database)
        policies = app.packaged_policies()
        async with database.own_transaction() as connection:
            await (policies.load if policy_must_hold else policies.refresh)(connection)
        purposes = app.purposes_to_serve(roles, policies.current.policy) if personal else app.NOTHING_PERSONAL
        ring = await app.open_ring(
            database, root, create=create_keys, create_later=create_later_keys, purposes=purposes
        )
        parts = app.make_parts(
            database, ring, free_documents=settings.free_documents, roles=roles, policies=policies,
            shred_ledger=settings.shred_ledger,
        )  # fmt: skip
        holder = Holder(database, parts.tools, ring, root)
        yield parts, Custody(database, parts.tools, ring, root, holder, parts.clock)
    finally:
        await database.close()


@asynccontextmanager
async def connected(settings: "Settings") -> AsyncIterator[Database]:
    """Lend the database without any key: for what is done to the wrapped keys themselves."""
    dsn = address_of(settings, Login.keeper)
    await refuse_old_schema(dsn)
    database = await Database.open({Login.keeper: dsn}, own=Login.keeper, size=1)
    try:
        yield database
    finally:
        await database.close()


async def refuse_unforgotten(settings: "Settings", parts: "Parts") -> None:
    """Raise RestoreUnfinished where the database knows somebody who was erased, says the shred ledger.

    However it was put back to an earlier time. Asked by processes that see every family of an incident, where the
    ledger is at hand; one that is damaged is told of by ``fac doctor`` and stops erasing, not serving.
    """
    if parts.database.own not in (Login.staff, Login.worker) or not _has_ledger(settings):
        return
    try:
        lines = parts.tools.shred_ledger.read()
    except ShredLedgerInvalid as fault:
        get_log().error("shred_ledger.invalid", exc_info=fault)
        return
    for incident_id, own in by_incident(lines).items():
        async with parts.database.own_transaction(incident_id) as connection:
            if left := await unforgotten(connection, incident_id, own):
                raise RestoreUnfinished(f"{len(left)} people are known who were erased: run fac keys replay.")


def _has_ledger(settings: "Settings") -> bool:
    return settings.shred_ledger is not None and settings.shred_ledger.is_file()


def served_roles(settings: "Settings") -> tuple[Role, ...]:
    """Return the roles that FAC_ROLES names, all of them where it names none; raises SettingsUnsafe for other words."""
    if unknown := [word for word in settings.roles if word not in Role.__members__]:
        raise SettingsUnsafe(f"FAC_ROLES names {len(unknown)} that is no role; the roles are {', '.join(Role)}")
    return tuple(Role(word) for word in settings.roles) or tuple(Role)


def served_logins(settings: "Settings") -> tuple[Login, ...]:
    """Return the logins of the roles that FAC_ROLES names; raises SettingsUnsafe where nobody of them signs in."""
    if logins := logins_of(served_roles(settings)):
        return logins
    raise SettingsUnsafe("FAC_ROLES names no role that signs in")


def open_root(settings: "Settings") -> RootProvider:
    """Return the root of all keys; raises SettingsUnsafe where there is none that this environment may use.

    A key service's client is imported only where it is used (the extras ``aws`` and ``vault``).
    """
    if settings.root_key_file is not None:
        return FileRoot(settings.root_key_file, settings.environment)
    if settings.root_aws_kms is not None:
        return _aws_root(settings.root_aws_kms)
    if settings.root_vault is not None:
        return _vault_root(settings.root_vault)
    raise SettingsUnsafe(
        "FAC_ROOT_AWS_KMS or FAC_ROOT_VAULT must name the root of all keys; in dev, test and demo FAC_ROOT_KEY_FILE"
        " may name a root key file (fac keys create makes one)"
    )


def _aws_root(prefix: str) -> RootProvider:
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        from fac.crypto.aws_root import AwsKmsRoot
    except ModuleNotFoundError:
        raise SettingsUnsafe("FAC_ROOT_AWS_KMS needs the extra aws: pip install 'fac[aws]'") from None
    bounded = Config(
        connect_timeout=KEY_SERVICE_CONNECT_SECONDS,
        read_timeout=KEY_SERVICE_SECONDS,
        retries={"max_attempts": KEY_SERVICE_TRIES, "mode": "standard"},
    )
    try:
        return AwsKmsRoot(boto3.client("kms", config=bounded), prefix)
    except BotoCoreError:
        raise SettingsUnsafe("AWS is not set up: region and credentials are AWS's own settings") from None


def _vault_root(vault: "VaultSettings") -> RootProvider:
    try:
        import hvac

        from fac.crypto.vault_root import VaultRoot
    except ModuleNotFoundError:
        raise SettingsUnsafe("FAC_ROOT_VAULT needs the extra vault: pip install 'fac[vault]'") from None

    def client() -> hvac.Client:
        token = vault.token_file.read_text("utf-8").strip()
        trusted = True if vault.ca_file is None else str(vault.ca_file)
        return hvac.Client(
            url=vault.address, token=token, verify=trusted, timeout=KEY_SERVICE_SECONDS, allow_redirects=False
        )

    return VaultRoot(client, vault.prefix, vault.mount)


def address_of(settings: "Settings", login: Login) -> str:
    """Return the address by which ``login`` reaches the database, password and all.

    Raises DatabaseUnavailable where no database is set, SettingsUnsafe where the login's password is not at hand.
    """
    if settings.database_url is None:
        raise DatabaseUnavailable("Set FAC_DATABASE_URL to the database this command should work on.")
    if settings.database_passwords is None:
        raise SettingsUnsafe("FAC_DATABASE_PASSWORDS must name the folder with the login roles' passwords")
    try:
        password = (settings.database_passwords / login.role).read_text("utf-8").rstrip("\r\n")
    except (OSError, ValueError):
        raise SettingsUnsafe(f"FAC_DATABASE_PASSWORDS has no readable file {login.role}") from None
    return address(settings.database_url, login, password)


def has_password(settings: "Settings", login: Login) -> bool:
    """Tell whether this process was given the login."""
    return settings.database_passwords is not None and (settings.database_passwords / login.role).is_file()


async def refuse_old_schema(dsn: str) -> None:
    """Raise DatabaseUnavailable when migrations are missing; a schema newer than the program is fine."""
    state = await migrating.schema_state(dsn)
    if state.behind:
        raise DatabaseUnavailable("The database's schema is older than this program; run fac migrate first.")


def create_root(settings: "Settings") -> bool:
    """Make the root's first epochs (its file, or keys in the key service) unless there are any; tell whether."""
    if settings.root_key_file is None:
        root = open_root(settings)
        missing = [family for family in FAMILIES if not root.epochs(family)]
        for family in missing:
            root.add_epoch(family)
        return bool(missing)
    if settings.root_key_file.exists():
        open_root(settings)
        return False
    settings.root_key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    FileRoot.create(settings.root_key_file)
    return True
