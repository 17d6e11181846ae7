"""Who of the demonstration's providers may counsel: credentials recorded by one person and verified by another.

Never: leave a provider without one whom a story refers to.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from fac.access.actor import Actor
from fac.casework.provider_credential import record_provider_credential, verify_provider_credential
from fac.demo.directory import ADMINISTRATOR, PAST, Directory
from fac.demo.telling import Telling
from fac.domain.provider_credential import LICENSED, CredentialDraft
from fac.domain.vocabulary import AgeBand, CenterKind, CredentialKind, Modality, Role

_LASTS: Final = timedelta(days=730)
_AGES: Final = tuple(each for each in AgeBand if each is not AgeBand.not_reported)
_HELD: Final = (
    ("Licensed clinical social worker", "Board of Social Work", Modality.trauma_focused_cbt),
    ("Licensed psychologist", "Board of Psychology", Modality.cognitive_processing_therapy),
    ("Licensed professional counselor", "Board of Counseling", Modality.emdr),
)
_HOLDERS: Final = ("Maren Oakes", "Tomás Alarcón", "Odile Pruitt", "Rufina Salcedo", "Elric Vance")


async def license_providers(telling: Telling, directory: Directory) -> None:
    """Record and verify a credential for each organisation that counsels.

    A second one of the first organisation, recorded by that organisation itself, awaits its verification.
    """
    at = telling.now - PAST + timedelta(days=2)
    verifier = directory.staff(CenterKind.family_assistance_center, Role.supervisor)[0]
    providers = dict.fromkeys(each.organization_id for each in directory.services if each.category in LICENSED)
    own = [each for each in directory.hats.values() if each.role is Role.partner_administrator]

    async def record(recorder: Actor, organization_id: UUID, number: int) -> UUID:
        title, board, modality = _HELD[number % len(_HELD)]
        draft = CredentialDraft(
            kind=CredentialKind.license, title=title, holder_name=_HOLDERS[number % len(_HOLDERS)],
            number=f"DEMO-{number:04d}", board=board, jurisdiction="US-IL",
            expires_on=(telling.now + _LASTS).date() - timedelta(days=40 * number), age_bands=_AGES,
            languages=("en", "es"), works_with_interpreter=True,
            modalities=(Modality.psychological_first_aid, modality),
        )  # fmt: skip
        made = await telling.act(
            recorder, at, "recordProviderCredential", record_provider_credential, organization_id, draft=draft
        )
        return UUID(made["provider_credential"])

    for number, organization_id in enumerate(providers):
        credential_id = await record(directory.hats[ADMINISTRATOR], organization_id, number)
        await telling.act(
            verifier, at + timedelta(hours=3), "verifyProviderCredential", verify_provider_credential, credential_id,
            version=1,
        )  # fmt: skip
    for number, administrator in enumerate(own, len(providers)):
        if administrator.organization_id in providers:
            await record(administrator, administrator.organization_id, number)
