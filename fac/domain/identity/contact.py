"""One written form for each phone number, e-mail address and postal code.

Never: decide that a number exists or belongs to somebody; a form that cannot be read is None, not an error with it.
"""

import unicodedata
from typing import Final

import phonenumbers

DEFAULT_REGION: Final = "US"
_MEXICO: Final = 52
_LONGEST: Final = 254


def normal_phone(text: str, region: str = DEFAULT_REGION) -> str | None:
    """Return the E.164 form of ``text`` without extension, or None; a number without country code is of ``region``."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    national = str(number.national_number)
    if number.country_code == _MEXICO and len(national) == 11 and national.startswith("1"):
        number.national_number = int(national[1:])  # the 1 before mobiles went in 2019 and is still on many forms
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    form = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return form if _reads_as_itself(form) else None


def _reads_as_itself(form: str) -> bool:
    """Tell whether ``form`` is its own form; "+43 00 1" loses a zero at every reading, and is nobody's number."""
    again = phonenumbers.parse(form, None)
    return phonenumbers.format_number(again, phonenumbers.PhoneNumberFormat.E164) == form


def normal_email(text: str) -> str | None:
    """Return ``text`` in one case and composition, or None when it is not an address; dots and tags are kept."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()
    local, at, domain = folded.rpartition("@")
    if not at or not local or "@" in local or len(folded) > _LONGEST or any(mark.isspace() for mark in folded):
        return None
    labels = domain.split(".")
    return folded if len(labels) > 1 and all(labels) and folded.isprintable() else None


def normal_postal_code(text: str) -> str | None:
    """Return the five digits of a US code, or another country's code without spaces in capitals, or None."""
    code = "".join(mark for mark in text.upper() if mark.isascii() and mark.isalnum())
    if code.isdigit() and len(code) in {5, 9}:
        return code[:5]
    return code if 3 <= len(code) <= 10 else None
