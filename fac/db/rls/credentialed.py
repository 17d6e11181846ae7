"""Whether an organisation's services lack a credential, told to everybody who reads the directory: one day, of no row.

Whose credential it is, and its number, another organisation has no business with, and a login that asked the rows
themselves would be shown them by a statement that forgets to say of whom.
Never: answer about another incident's, or with more than the last day on which a credential stands.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, Date, func

from fac.db.claims import SERVING, Login
from fac.db.rls.door import claim
from fac.db.rls.owners import made

_NAME: Final = "credentialed_until"
_BODY: Final = f"""
SELECT max(expires_on) FROM public.provider_credentials
WHERE incident_id = {claim("incident")} AND organization_id = of_organization
  AND verified_at IS NOT NULL AND revoked_at IS NULL
"""  # noqa: S608  # our own words
FUNCTIONS: Final = made(f"{_NAME}(of_organization uuid)", "date", _BODY, *SERVING, Login.worker)


def credentialed_until(organization_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the day from which no credential of the organisation stands any more; NULL where none ever did."""
    return getattr(func, _NAME)(organization_id, type_=Date)  # type: ignore[no-any-return]
