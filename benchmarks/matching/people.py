"""Invented people written twice, with the slips that intake forms have: a labelled set for each way of naming.

Everything is drawn from a seed: names from short lists, births, phones of the 555-01xx kind, streets. Families share
surnames, phone and home, and have twins, so that somebody else of the household is the hardest stranger.
Never: used as a claim about real people; the shares of the slips are ours.
"""

# ruff: noqa: ARG001, ARG005, SIM905  # slips have one signature; lists of names read best as lines

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from fac.domain.identity import IdentityFacts

SPANISH = (
    "María José Juan Guadalupe Francisco Antonio Luis Jesús Manuel Rosa Carlos Ana Miguel Elena Pedro Carmen Alejandro "
    "Patricia Fernando Leticia Ricardo Verónica Roberto Gabriela Eduardo Teresa Javier Margarita Rafael Silvia Ramón "
    "Beatriz Héctor Graciela Ignacio Dolores Ernesto Concepción Enrique Yolanda Arturo Martha Raúl Lucía Sergio Alicia "
    "Óscar Irma Rubén Norma Gerardo Esperanza Armando Socorro Gustavo Rocío Felipe Mónica Salvador Adriana Jaime Claudia "
    "Tomás Daniela Hugo Mariana César Yesenia Andrés Itzel Esteban Ximena Joaquín Camila Emilio Valeria Mateo Renata"
).split()
SPANISH_SURNAMES = (
    "García|Hernández|Martínez|López|González|Rodríguez|Pérez|Sánchez|Ramírez|Flores|Torres|Rivera|Gómez|Díaz|Cruz|Reyes|"
    "Morales|Ortiz|Gutiérrez|Chávez|Ruiz|Álvarez|Castillo|Jiménez|Vásquez|Romero|Mendoza|Moreno|Medina|Herrera|Aguilar|"
    "Vargas|Castro|Guzmán|Rojas|Muñoz|Salazar|Ortega|Delgado|Contreras|Estrada|Domínguez|Guerrero|Luna|Ríos|Juárez|"
    "Maldonado|Espinoza|Cervantes|Ibarra|Valdez|Soto|Carrillo|Lara|Peña|Zúñiga|Quiñones|Ávila|Montoya|Trujillo|Bañuelos|"
    "Villalobos|Escobedo|Arredondo|Cisneros|Zamora|Barrios|Nájera|Olvera|Palacios|Rentería|Saldívar|Tapia|Urrutia|Ybarra|"
    "de la Cruz|de la Torre|de León|del Río|de los Santos|de la Fuente|del Valle|de la Rosa|de Anda|de la Garza"
).split("|")
ARABIC = (
    "Mohammed Ahmed Ali Hassan Hussein Omar Khalid Yousef Ibrahim Mustafa Mahmoud Abdullah Abdulrahman Samir Karim Tariq "
    "Walid Bilal Hamza Ismail Fatima Aisha Maryam Zainab Layla Khadija Noor Amina Huda Yasmin Samira Iman Salma Rania Dina "
    "Hanan Lubna Nadia Abdulaziz Faisal Rashid Jamal Nabil Ziad Marwan Adnan Basma Ghada Wafa Suha"
).split()
ARABIC_SURNAMES = (
    "Al-Masri|Haddad|Al-Khatib|Najjar|Hassan|Al-Sayed|Mansour|Saleh|Qasim|Rahman|Al-Hashimi|Aziz|Al-Zahrani|Farouk|Nasser|"
    "Darwish|Hamdan|Khoury|Al-Tamimi|Warsame|Siddiqui|Chowdhury|Sharif|Al-Baghdadi|Barakat|Ghanem|Issa|Jaber|Kanaan|Odeh"
).split("|")
ASIAN = (
    "Xiao Ming|Wei|Li Na|Jun|Mei Ling|Hao|Yu Ting|Jia Hui|Min Jun|Ji Woo|Seo Yeon|Hyun Woo|Soo Jin|Tae Yang|Minh|Thi Lan|"
    "Van Hung|Quoc Anh|Thuy Linh|Duc|Hong Nhung|Haruto|Yui|Kenji|Sakura|Zi Han|Ya Qi|Chun Hua|Guo Qiang|Bao Ngoc|Da Eun|"
    "Ha Rin|Dong Hyun|Jing Yi|Si Yuan|Rui|Tuan|Phuong|Khanh|Ngoc Mai"
).split("|")
ASIAN_SURNAMES = (
    "Zhang Wang Li Chen Liu Yang Huang Zhao Wu Zhou Xu Sun Lin Guo Kim Lee Park Choi Jung Kang Cho Yoon Lim Shin Nguyen "
    "Tran Pham Hoang Phan Vo Dang Bui Do Ngo Tanaka Suzuki Sato Watanabe Ito Yamamoto"
).split()
SHORT = {
    "Francisco": "Paco", "José": "Pepe", "Guadalupe": "Lupita", "Jesús": "Chuy", "Ignacio": "Nacho", "Dolores": "Lola",
    "Concepción": "Concha", "Enrique": "Kike", "Eduardo": "Lalo", "Roberto": "Beto", "Manuel": "Manny", "Luis": "Lucho",
    "Rafael": "Rafa", "Gabriela": "Gaby", "Patricia": "Paty", "Leticia": "Lety", "Teresa": "Tere", "Graciela": "Chela",
    "Miguel": "Michael", "Juan": "John", "Carlos": "Charlie", "Antonio": "Tony", "Alejandro": "Alex", "Ricardo": "Rick",
    "Rosa": "Rosita", "Ana": "Annie", "Ramón": "Raymond", "Margarita": "Maggie", "Verónica": "Vero", "Javier": "Xavier",
    "Mohammed": "Muhammad", "Ahmed": "Ahmad", "Hussein": "Husain", "Omar": "Umar", "Khalid": "Khaled", "Yousef": "Yusuf",
    "Abdullah": "Abdallah", "Abdulrahman": "Abdur Rahman", "Fatima": "Fatma", "Aisha": "Ayesha", "Maryam": "Mariam",
    "Zainab": "Zeinab", "Layla": "Leila", "Khadija": "Khadijah", "Mustafa": "Moustafa", "Karim": "Kareem",
    "Tariq": "Tarek", "Yasmin": "Yasmine", "Noor": "Nour", "Hassan": "Hasan", "Abdulaziz": "Abdel Aziz",
}  # fmt: skip
SPELLED = {
    "Zhang": "Chang", "Lee": "Yi", "Park": "Pak", "Choi": "Choe", "Jung": "Jeong", "Xu": "Hsu", "Zhou": "Chou", "Zhao": "Chao",
    "Huang": "Wong", "Chen": "Chan", "Guo": "Kuo", "Yoon": "Yun", "Lim": "Im", "Vo": "Vu", "Al-Masri": "Elmasri",
    "Al-Khatib": "El Khatib", "Al-Sayed": "Elsayed", "Siddiqui": "Siddiqi", "Chowdhury": "Choudhury", "Qasim": "Kassem",
    "Al-Zahrani": "Zahrani", "Hernández": "Ernandez", "Jiménez": "Ximenez", "Vásquez": "Bazquez", "González": "Gonsales",
    "Ibarra": "Ybarra", "Espinoza": "Espinosa", "Valdez": "Baldes", "Zúñiga": "Suniga", "Cervantes": "Serbantes",
}  # fmt: skip
STREETS = "Cedar Elm Walnut Magnolia Montana Mesa Alameda Zaragoza Yarbrough Dyer Piedras Paisano Delta Trowbridge Hondo Pebble".split()
CODES = [f"799{number:02d}" for number in range(1, 37)]
Draw = random.Random
Slip = Callable[[IdentityFacts, Draw], IdentityFacts | None]


@dataclass(frozen=True, slots=True, repr=False)
class Written:
    """One record: who it is of (a number), what is told, and the slips made in it."""

    person: int
    facts: IdentityFacts
    slips: tuple[str, ...]


def _letter_slip(text: str, draw: Draw) -> str:
    place = draw.randrange(max(1, len(text) - 1))
    kind = draw.randrange(4)
    if kind == 0:
        return text[:place] + text[place + 1 : place + 2] + text[place] + text[place + 2 :]
    if kind == 1 and len(text) > 3:
        return text[:place] + text[place + 1 :]
    letter = draw.choice("abcdefghijklmnopqrstuvwxyz")
    return text[:place] + letter + text[place + (kind == 2) :]


def _of(name: str, change: Callable[[str, Draw], str | None]) -> Slip:
    def slip(facts: IdentityFacts, draw: Draw) -> IdentityFacts | None:
        text = getattr(facts, name)
        changed = change(text, draw) if text else None
        return None if changed is None or changed == text else replace(facts, **{name: changed})

    return slip


def _plain(text: str, draw: Draw) -> str:
    return text.translate(str.maketrans("áéíóúñÁÉÍÓÚÑü", "aeiounAEIOUNu"))


def _shorter(text: str, draw: Draw) -> str | None:
    first, *rest = text.split()
    return " ".join([SHORT[first], *rest]) if first in SHORT else None


def _spelled(text: str, draw: Draw) -> str | None:
    for name, other in SPELLED.items():
        if name in text.split():
            return text.replace(name, other)
    return None


def _without_particles(text: str, draw: Draw) -> str:
    return " ".join(part for part in text.split() if part not in {"de", "la", "del", "los", "y"})


def _fused(text: str, draw: Draw) -> str | None:
    return (
        text.replace("de la ", "Dela").replace("del ", "Del").replace("de ", "De") if "de" in text.split()[:1] else None
    )


def _last_left_out(text: str, draw: Draw) -> str | None:
    head, _, last = text.rpartition(" ")
    return head if head and head.split()[-1] not in {"de", "la", "del", "los"} and last else None


def _cut(text: str, draw: Draw) -> str | None:
    return text[: max(5, len(text) - 3)] if len(text) > 7 else None


def _crosswise(facts: IdentityFacts, draw: Draw) -> IdentityFacts:
    return replace(facts, given_name=facts.family_name, family_name=facts.given_name)


def _born(change: Callable[[date, Draw], date | None]) -> Slip:
    def slip(facts: IdentityFacts, draw: Draw) -> IdentityFacts | None:
        changed = change(facts.born_on, draw) if facts.born_on else None
        return None if changed is None or changed == facts.born_on else replace(facts, born_on=changed)

    return slip


def _swapped(day: date, draw: Draw) -> date | None:
    return day.replace(month=day.day, day=day.month) if day.day <= 12 else None


def _digits(day: date, draw: Draw) -> date | None:
    text = f"{day.day:02d}"[::-1]
    return day.replace(day=int(text)) if 1 <= int(text) <= 28 else None


def _about(facts: IdentityFacts, draw: Draw) -> IdentityFacts | None:
    if facts.born_on is None:
        return None
    return replace(facts, born_on=date(facts.born_on.year + draw.choice((-1, 0, 1)), 1, 1), born_estimated=True)


def _phone(facts: IdentityFacts, draw: Draw) -> IdentityFacts | None:
    if not facts.phones:
        return None
    text = facts.phones[0]
    return replace(facts, phones=(text[:-2] + text[-1] + text[-2],))


def _dropped(name: str) -> Slip:
    return lambda facts, draw: replace(facts, **{name: () if name == "phones" else None})


_SLIPS: dict[str, tuple[Slip, float]] = {
    "accents left out": (_of("family_name", _plain), 0.5),
    "given accents left out": (_of("given_name", _plain), 0.5),
    "second surname left out": (_of("family_name", _last_left_out), 0.25),
    "second given name left out": (_of("given_name", _last_left_out), 0.25),
    "particles left out": (_of("family_name", _without_particles), 0.3),
    "particles fused": (_of("family_name", _fused), 0.3),
    "short or other form": (_of("given_name", _shorter), 0.2),
    "spelled as heard": (_of("family_name", _spelled), 0.3),
    "given name misspelt": (_of("given_name", _letter_slip), 0.08),
    "surname misspelt": (_of("family_name", _letter_slip), 0.08),
    "name cut": (_of("family_name", _cut), 0.04),
    "names crosswise": (_crosswise, 0.06),
    "day and month swapped": (_born(_swapped), 0.12),
    "digits of the day transposed": (_born(_digits), 0.05),
    "birth estimated": (_about, 0.06),
    "phone digits transposed": (_phone, 0.05),
    "phone not given": (_dropped("phones"), 0.25),
    "address not given": (_dropped("address"), 0.3),
    "postal code not given": (_dropped("postal_code"), 0.3),
    "birth not given": (_dropped("born_on"), 0.04),
}


def _given(kind: str, draw: Draw) -> str:
    if kind == "spanish":
        return " ".join(draw.sample(SPANISH, 1 + (draw.random() < 0.4)))
    if kind == "arabic":
        return " ".join(draw.sample(ARABIC, 1 + (draw.random() < 0.4)))
    return draw.choice(ASIAN)


def _families(kind: str, draw: Draw) -> Iterator[IdentityFacts]:
    """Yield people without end, household by household: one phone and one home, mostly one surname."""
    lists = {"spanish": SPANISH_SURNAMES, "arabic": ARABIC_SURNAMES, "asian": ASIAN_SURNAMES}
    while True:
        surnames = lists[kind]
        family = " ".join(draw.sample(surnames, 2)) if kind == "spanish" else draw.choice(surnames)
        phone, code = f"+1915555{draw.randrange(10000):04d}", draw.choice(CODES)
        address = f"{draw.randrange(1, 9900)} {draw.choice(STREETS)} St"
        born = date(1935, 1, 1) + timedelta(days=draw.randrange(31000))
        for _ in range(draw.choice((1, 1, 2, 3, 4))):
            yield IdentityFacts(
                _given(kind, draw), family, born_on=born, phones=(phone,), postal_code=code, address=address
            )  # fmt: skip
            if draw.random() > 0.05:  # one sibling in twenty is a twin
                born = date(1935, 1, 1) + timedelta(days=draw.randrange(31000))


def slipped(facts: IdentityFacts, draw: Draw) -> IdentityFacts:
    """Return ``facts`` as another form has them: with the slips that chance brings."""
    return _slipped(facts, draw)[0]


def _slipped(facts: IdentityFacts, draw: Draw) -> tuple[IdentityFacts, list[str]]:
    made: list[str] = []
    for name, (slip, share) in _SLIPS.items():
        changed = slip(facts, draw) if draw.random() < share else None
        if changed is not None:
            facts, made = changed, [*made, name]
    return facts, made


def written_twice(kind: str, people: int, seed: int) -> tuple[list[Written], list[Written]]:
    """Return ``people`` records as first told, and a second record, with slips, of every other one of them.

    ``kind`` is spanish, arabic or asian. The second records of the others are of strangers.
    """
    draw = random.Random(f"{kind} {seed}")
    source = _families(kind, draw)
    first = [Written(number, next(source), ()) for number in range(people)]
    second = []
    for known in first[::2]:
        facts, made = _slipped(known.facts, draw)
        second.append(Written(known.person, facts, tuple(made)))
    strangers = (Written(people + number, next(source), ()) for number in range(people // 2))
    return first, [*second, *strangers]
