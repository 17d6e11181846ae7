"""What people of the demonstration say and write, in English (False) and Spanish (True).

Never: quote somebody.
"""

from typing import Final

NEED_DETAILS: Final[dict[bool, tuple[str, ...]]] = {
    False: (
        "Has not slept since that night and does not want to be alone.",
        "Rent is due and the shifts are gone.",
        "Wants to know when the belongings can be picked up.",
        "Car is still inside the perimeter.",
        "Asks for somebody who knows how to talk to small children about it.",
        "Is afraid of the phone; texts are fine.",
    ),
    True: (
        "No puede dormir desde aquella noche y no quiere estar sola.",
        "Se vence la renta y ya no hay turnos.",
        "Quiere saber cuándo puede recoger sus pertenencias.",
        "Pide ayuda para traer el cuerpo a su pueblo.",
        "Busca a alguien que sepa hablar con los niños de lo que pasó.",
        "Le da miedo contestar el teléfono; prefiere mensajes.",
    ),
}
NOTES: Final[dict[bool, tuple[str, ...]]] = {
    False: (
        "Sat with the family for an hour; they asked mostly about the next days.",
        "Explained what each table here can do; left the list with them.",
        "Spoke about the anniversary; they would rather be out of town.",
        "The children have begun school again, two mornings a week.",
        "Agreed to talk again after the hearing.",
    ),
    True: (
        "Estuvimos una hora con la familia; preguntaron sobre todo por los próximos días.",
        "Se explicó qué ofrece cada mesa y se les dejó la lista.",
        "Hablamos del aniversario; prefieren estar fuera de la ciudad.",
        "Los niños volvieron a la escuela, dos mañanas por semana.",
        "Quedamos en hablar después de la audiencia.",
    ),
}
EMERGENCIES: Final[dict[bool, tuple[str, ...]]] = {
    False: ("The son called from the bridge; the worker's telephone is off, and he asks for the aunt by name.",),
    True: ("El hijo llamó desde el puente; el trabajador no contesta y pide hablar con su tía.",),
}
REASONS: Final[dict[bool, tuple[str, ...]]] = {
    False: (
        "Would like to start as soon as possible, mornings if it can be.",
        "Was there with a sister; they would like to come together.",
        "Has questions about papers that were lost that day.",
    ),
    True: (
        "Le gustaría empezar lo antes posible, por la mañana si se puede.",
        "Estuvo ahí con su hermana; quisieran venir juntas.",
        "Tiene dudas sobre documentos que se perdieron ese día.",
    ),
}
MESSAGES: Final[dict[bool, tuple[str, ...]]] = {
    False: ("They know the way and would like to keep the same language.", "Please call before the first visit."),
    True: ("Conocen el camino y quieren seguir en español.", "Por favor llamen antes de la primera visita."),
}
# What a partner's workers keep for themselves, in the language of the office.
PARTNER_NOTES: Final = (
    "First conversation held; wants to come back, alone.",
    "Papers are complete; told them what happens next and when.",
    "Prefers the morning. Bring somebody who speaks Spanish.",
)
