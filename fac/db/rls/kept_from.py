"""From which cases a hat of the staff's is kept: found once, as its transaction begins, and held to until it ends.

A conflict wall against the account or its organisation, or a colleague in the family who was a first responder. What is
found becomes two claims: the cases, which the rows that hang on them are compared with, and everybody whose key would
open something of them. A wall that is raised meanwhile holds from the next transaction on, so that no change finds its
rows gone half-way; the statements' own scope asks at each statement.
Whether somebody is known already is asked of everybody (docs/decisions/0015-row-level-security.md): a function hands
over what is compared of persons that are named, keys and all, and of no others; of the staff's hats to those alone whom
never.csv lets have anything compared.
Never: find less than the scope's relations do (fac.access.relation), or take the cases from whoever asks.
"""

from typing import Any, Final

from sqlalchemy import BindParameter, Integer, LargeBinary, Uuid, column, func
from sqlalchemy.sql.selectable import TableValuedAlias

from fac.crypto.columns import SealedBytes
from fac.db.claims import CLAIM, KEEP_AWAY, Login
from fac.db.rls.door import KEPT_CASES, KEPT_SUBJECTS, claim, worn_by
from fac.db.rls.owners import made
from fac.domain.vocabulary import InfoClass, Role

_COMPARED: Final = "compared"
REGISTRARS: Final = (Role.intake_worker, Role.case_manager, Role.supervisor, Role.reunification_worker)
_HERE: Final = f"incident_id = {claim('incident')}"
_FOUND: Final = f"""
DECLARE
  cases uuid[] := ARRAY(
    SELECT w.case_id FROM public.conflict_walls w WHERE w.{_HERE} AND w.lifted_at IS NULL
      AND (w.account_id = {claim("account")} OR w.organization_id = {claim("organization")})
    UNION
    SELECT i.case_id FROM public.involvements i WHERE i.{_HERE} AND i.agency_organization_id = {claim("organization")}
  );
  subjects uuid[] := '{{}}';
BEGIN
  IF cases <> '{{}}' THEN
    subjects := cases || ARRAY(
      SELECT p.id FROM public.persons p WHERE p.{_HERE} AND p.case_id = ANY (cases)
      UNION ALL
      SELECT c.id FROM public.persons_of_concern c WHERE c.{_HERE} AND c.case_id = ANY (cases)
    );
  END IF;
  PERFORM set_config('{CLAIM}{KEPT_CASES}', cases::text, true);
  PERFORM set_config('{CLAIM}{KEPT_SUBJECTS}', subjects::text, true);
END
"""  # noqa: S608  # our own words
_BUNDLES: Final = (InfoClass.identity, InfoClass.contact)
_KEY: Final = {"epoch": "integer", "version": "integer", "wrapped": "bytea"}
_RETURNED: Final = ", ".join(
    ("id uuid", *(f"{info} bytea" for info in _BUNDLES),
     *(f"{info}_{name} {kind}" for info in _BUNDLES for name, kind in _KEY.items()))
)  # fmt: skip
_SEALED: Final = ", ".join(
    [f"p.{info}" for info in _BUNDLES] + [f"{info}_key.{name}" for info in _BUNDLES for name in _KEY]
)
_KEYS: Final = "\n".join(
    f"LEFT JOIN public.data_keys {info}_key ON {info}_key.incident_id = p.incident_id"
    f" AND {info}_key.subject_id = p.id AND {info}_key.info = {info.code}"
    for info in _BUNDLES
)
_NAMED: Final = f"""
SELECT p.id, {_SEALED} FROM public.persons p
{_KEYS}
WHERE p.{_HERE} AND p.id = ANY (ids) AND (session_user <> '{Login.staff.role}' OR {worn_by(*REGISTRARS)})
"""  # noqa: S608  # our own words
_TO: Final = (Login.staff, Login.worker, Login.keeper)  # who registers somebody, and who makes the index anew
FUNCTIONS: Final = (
    *made(f"{KEEP_AWAY}()", "void", _FOUND, Login.staff, language="plpgsql", kept="VOLATILE"),
    *made(f"{_COMPARED}(ids uuid[])", f"TABLE ({_RETURNED})", _NAMED, *_TO),
)


def compared(ids: BindParameter[Any]) -> TableValuedAlias:
    """Return what is compared of the persons ``ids``, a row each: their sealed bundles and the keys of these."""
    keys = [
        column(f"{info}_{name}", LargeBinary if kind == "bytea" else Integer)
        for info in _BUNDLES
        for name, kind in _KEY.items()
    ]
    sealed = [column(str(info), SealedBytes) for info in _BUNDLES]
    return func.compared(ids).table_valued(column("id", Uuid), *sealed, *keys, name="known")
