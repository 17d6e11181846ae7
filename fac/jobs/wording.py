"""The words of notices: what happened, and the opaque id to look it up by after signing in.

Never: name a person, a case number, a need, a service or an organisation; the id means nothing to who cannot sign in.
"""

from collections.abc import Mapping
from uuid import UUID

from fac.domain.ids import encode_global
from fac.reading.catalog import NOUNS

# event -> (English, Spanish)
SENTENCES: Mapping[str, tuple[str, str]] = {
    "referral.sent": ("A referral is waiting for your answer.", "Una remisión espera su respuesta."),
    "referral.received": ("A referral was seen.", "Una remisión fue vista."),
    "referral.accepted": ("A referral was accepted.", "Una remisión fue aceptada."),
    "referral.declined": ("A referral was declined.", "Una remisión fue rechazada."),
    "referral.waitlisted": ("A referral was put on a waiting list.", "Una remisión está en lista de espera."),
    "referral.scheduled": ("A referral was given a date.", "Una remisión tiene fecha."),
    "referral.started": ("The service of a referral has begun.", "El servicio de una remisión ha comenzado."),
    "referral.completed": ("A referral was completed.", "Una remisión fue completada."),
    "referral.not_engaged": ("A referral was not taken up.", "Una remisión no fue aprovechada."),
    "referral.cancelled": ("A referral was withdrawn.", "Una remisión fue retirada."),
    "referral.expired": ("A referral expired unanswered.", "Una remisión venció sin respuesta."),
    "referral.escalated": ("A referral was not answered in time.", "Una remisión no fue respondida a tiempo."),
    "referral.entered_in_error": ("A referral was taken back.", "Una remisión fue anulada."),
    "handoff.proposed": ("A handoff is waiting for your answer.", "Un traspaso espera su respuesta."),
    "handoff.accepted": ("A handoff was accepted.", "Un traspaso fue aceptado."),
    "handoff.declined": ("A handoff was declined.", "Un traspaso fue rechazado."),
    "handoff.withdrawn": ("A handoff was withdrawn.", "Un traspaso fue retirado."),
    "handoff.expired": ("A handoff expired unanswered.", "Un traspaso venció sin respuesta."),
    "glass_break.broken": ("Somebody broke the glass on a case.", "Alguien rompió el cristal de un caso."),
    "agreement.due": ("An agreement ends within a month.", "Un acuerdo vence dentro de un mes."),
    "organization_contact.due": ("It is time to make sure of a contact.", "Es hora de comprobar un contacto."),
    "second_factor.enrolled": (
        "An authenticator was enrolled for your account. If it was not you, tell your administrator.",
        "Se registró un autenticador para su cuenta. Si no fue usted, avise a su administrador.",
    ),
    "second_factor.reset": (
        "The authenticator of your account was reset. If you did not ask for it, tell your administrator.",
        "Se restableció el autenticador de su cuenta. Si no lo pidió, avise a su administrador.",
    ),
    "second_factor.refused": (
        "Wrong codes were entered for your account. If it was not you, tell your administrator.",
        "Se introdujeron códigos erróneos para su cuenta. Si no fue usted, avise a su administrador.",
    ),
    "review.escalated": ("A review was not done in time.", "Una revisión no se hizo a tiempo."),
}

_SHOWN_AS: Mapping[str, str] = {"second_factor": "membership"}  # nobody's to look at: the hat of whose it is is

_TEXT = """{english}
{spanish}

{path}

Sign in to read it. This message holds no personal data; please send none in answer to it.
Inicie sesión para leerlo. Este mensaje no contiene datos personales; por favor no los envíe como respuesta.
"""


def shown_as(event: str) -> str:
    """Return the record by whose id the event is told."""
    record = event.partition(".")[0]
    return _SHOWN_AS.get(record, record)


def subject_of(event: str) -> str:
    """Return the subject line."""
    return SENTENCES[event][0].rstrip(".")


def text_of(event: str, incident_id: UUID, record_id: UUID) -> str:
    """Return the message; the path ends in the record's opaque id."""
    english, spanish = SENTENCES[event]
    record = shown_as(event)
    noun = "".join(part.capitalize() for part in record.split("_"))
    opaque = encode_global(NOUNS[noun].code, incident_id, record_id)
    return _TEXT.format(english=english, spanish=spanish, path=f"/{record}/{opaque}")
