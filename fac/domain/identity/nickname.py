"""Given names that stand for one another: short forms, pet names and the same name in English and Spanish.

Never: say that two people are the same; a shared root is one reason among several.
"""

from typing import Final

from fac.domain.identity.name import sound_of

MOST_ROOTS: Final = 5

_GROUPS: Final = tuple(
    line.split()
    for line in """
albert alberto al bert beto
alexander alejandro alex alec sandy jandro
alexandra alejandra alex sandra sandy
alfred alfredo fred fredo fredy
andrew andres andy drew
angela angie angelica
anthony antonio tony tono tonio antony
anna ana ann anne annie anita hannah
barbara barb barbie
beatrice beatriz bea betty
benjamin ben benny benji
carlos charles charlie chuck charly
caroline carolina carol carrie caro
catherine katherine kathryn catalina cathy kathy kate katie kat caty
christopher cristobal chris topher
christina cristina chris tina christine cristy
concepcion concha conchita conchis
daniel dan danny dani
david dave davey
deborah debora deb debbie
dolores lola loli
donald don donnie
dorothy dorotea dot dottie
edward eduardo ed eddie ted lalo guayo
elena helen ellen helena nelly
elizabeth isabel elisabeth liz lizzie beth betsy betty eliza chabela isabella bella isa
emmanuel manuel manny manolo manu
enrique henry kike quique harry hank
ernest ernesto ernie neto
eugene eugenio gene
federico frederick fred freddy fede
fernando nando fer
frances francisca fran pancha paquita panchita
francisco francis frank paco pancho frankie cisco kiko
gabriel gabe gabo
gabriela gaby gabby
george jorge georgie coque
gerald gerardo jerry gerry
gilbert gilberto gil beto
graciela grace chela
gregory gregorio greg goyo
guadalupe lupe lupita pita
guillermo william bill will billy willy liam memo guille
gustavo gus tavo
hector tito
heriberto herbert herb beto
humberto beto
ignacio nacho ignatius nachito
james jaime santiago jim jimmy jamie diego chago
jeffrey jeff geoffrey
jennifer jen jenny
jessica jess jessie
jesus chuy chucho
john juan johnny jack jon jonny juanito
jonathan jon johnny
joseph jose joe joey pepe chepe pepito
josefina josephine josie fina pepa chepina
joshua josue josh
judith judy
julia julie yuli
kenneth ken kenny
lawrence lorenzo larry lencho laurence
leonardo leonard leo
leticia lety letty
luis louis lucho lewis lou
margaret margarita maggie meg peggy marge rita mago greta
maria mary mari marie
mariana marianne
marcos mark marc marcus
martha marta marty
martin marty tin
matthew mateo matt mati
michael miguel mike micky mick mikey
michelle shelly micaela
miriam miryam
nicholas nicolas nick nico nicky
pamela pam
patricia pat patty paty trish tricia
patrick patricio pat paddy
paul pablo paulie
peter pedro pete perico
philip felipe phil phillip
rafael raphael rafa ralph
ramon raymond ray moncho
rebecca rebeca becky becca
refugio cuca cuco
richard ricardo rick rich dick richie rico
robert roberto bob rob bobby robbie beto
rosario charo chayo
rosa rose rosita rosie
samuel sam sammy
samantha sam sammy
sergio checo
silvia sylvia
sofia sophia sophie
socorro coco
stephen esteban steven steve stephan teban
susan susana sue suzanne susie suzy
teresa theresa tere terry tess
theodore teodoro ted teddy teo
thomas tomas tom tommy
timothy timoteo tim
veronica vero ronnie
vicente vincent vince chente
victor vic
victoria vicky vicki tori
xavier javier javi xavi
zachary zacarias zach zack
""".strip().splitlines()
)


def _roots() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for root, *others in _GROUPS:
        for name in (root, *others):
            held = found.setdefault(name, [])
            if root not in held:
                held.append(root)
    return {name: tuple(roots[:MOST_ROOTS]) for name, roots in found.items()}


def _sounds(roots: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    # A misspelt name finds its group by sound, where the sound is long enough to mean one group only.
    heard: dict[str, set[tuple[str, ...]]] = {}
    for name, held in roots.items():
        heard.setdefault(sound_of(name), set()).add(held)
    return {sound: held.pop() for sound, held in heard.items() if len(sound) > 3 and len(held) == 1}


_ROOTS: Final = _roots()
_ROOTS_BY_SOUND: Final = _sounds(_ROOTS)


def groups_of(part: str) -> tuple[str, ...]:
    """Return the roots of the groups that ``part`` belongs to, as spelled or as heard; at most five, often none."""
    return _ROOTS.get(part) or _ROOTS_BY_SOUND.get(sound_of(part)) or ()


def roots_of(part: str) -> tuple[str, ...]:
    """Return what a given name is looked up under: its groups, or its own sound when it has none."""
    return groups_of(part) or (sound_of(part),)
