"""The columns a sheet may have, by the headers people give them in English and Spanish (docs/import.md lists them).

Never: guess a column from what is in it.
"""

import re
import unicodedata
from collections.abc import Mapping

# column -> its headers, without accents, case and punctuation
HEADERS: Mapping[str, tuple[str, ...]] = {
    "family": (
        "family", "family id", "family key", "family no", "family number", "household", "household id", "case",
        "familia", "id familia", "id de familia", "clave familia", "numero de familia", "no familia", "hogar",
    ),
    "given_name": ("given name", "given names", "first name", "first names", "nombre", "nombres", "primer nombre"),
    "family_name": (
        "family name", "last name", "last names", "surname", "apellido", "apellidos", "primer apellido",
        "apellido paterno",
    ),
    "second_family_name": ("second last name", "second surname", "segundo apellido", "apellido materno"),
    "full_name": ("name", "full name", "nombre completo", "nombre y apellidos"),
    "preferred_name": ("preferred name", "nickname", "goes by", "nombre preferido", "apodo"),
    "aliases": ("alias", "aliases", "other names", "aka", "otros nombres"),
    "born_on": (
        "date of birth", "birth date", "birthdate", "dob", "d o b", "born", "born on", "fecha de nacimiento",
        "fecha nacimiento", "fecha de nac", "nacimiento", "f nacimiento",
    ),
    "age": ("age", "edad"),
    "gender": ("gender", "sex", "sexo", "genero"),
    "races": ("race", "race ethnicity", "race and ethnicity", "ethnicity", "raza", "etnia", "raza etnia"),
    "phones": (
        "phone", "phones", "phone 1", "phone 2", "phone number", "telephone", "cell", "cell phone", "mobile",
        "home phone", "work phone", "telefono", "telefono 1", "telefono 2", "telefonos", "celular", "movil",
    ),
    "emails": ("email", "e mail", "email address", "email 2", "correo", "correo electronico"),
    "address": ("address", "street address", "street", "direccion", "domicilio", "calle"),
    "city": ("city", "town", "ciudad"),
    "state": ("state", "estado"),
    "postal_code": ("zip", "zip code", "postal code", "postcode", "codigo postal", "cp", "c p"),
    "substitute_address": ("substitute address", "confidential address", "direccion sustituta"),
    "language": ("language", "preferred language", "primary language", "idioma", "lengua", "idioma preferido"),
    "written_language": ("written language", "reads", "idioma escrito"),
    "interpreter": ("interpreter", "needs interpreter", "interpreter needed", "interprete", "necesita interprete"),
    "involvements": (
        "role", "roles", "involvement", "involvement in the incident", "rol", "participacion", "relacion con el hecho",
    ),
    "kin": (
        "relationship", "relationship to head", "relationship to first person", "relation", "kin", "parentesco",
        "relacion",
    ),
    "restricted": (
        "restricted", "restricted person", "must not be told", "no contact order", "persona restringida",
        "orden de alejamiento",
    ),
    "emergency_contact": ("emergency contact", "contacto de emergencia"),
    "needs": ("need", "needs", "need codes", "necesidad", "necesidades"),
    "need_detail": ("need detail", "need details", "details of need", "detalle", "detalle de la necesidad"),
    "horizon": ("horizon", "when needed", "plazo"),
    "safe_voice": ("ok to call", "safe to call", "puede llamar"),
    "safe_voicemail": ("ok to leave voicemail", "ok to leave a voicemail", "safe to voicemail", "puede dejar mensaje"),
    "safe_text": ("ok to text", "safe to text", "puede enviar texto", "puede enviar mensajes"),
    "safe_email": ("ok to email", "safe to email", "puede enviar correo"),
    "safe_mail": ("ok to mail", "safe to mail", "puede enviar carta"),
    "best_times": ("best time", "best times", "best time to call", "mejor hora", "mejor horario"),
    "avoid": ("do not contact about", "topics to avoid", "no contactar sobre"),
    "special": ("special classification", "special classifications", "clasificacion especial"),
}  # fmt: skip
# Columns of which a sheet may have several.
MANY = frozenset({"phones", "emails", "needs", "involvements", "aliases"})

_BY_HEADER = {header: column for column, headers in HEADERS.items() for header in headers}


def plain(text: str) -> str:
    """Return ``text`` in lower case without accents, its words parted by single spaces."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(each for each in letters if not unicodedata.combining(each))
    return " ".join(re.findall(r"[a-z0-9]+", bare))


def column_of(header: str) -> str | None:
    """Return the column that ``header`` names, or None; what is in brackets explains and does not count."""
    return _BY_HEADER.get(plain(re.sub(r"\([^)]*\)", " ", header)))
