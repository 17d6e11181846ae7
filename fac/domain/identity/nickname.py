"""Given names that stand for one another: short forms, pet names, the same name in English and Spanish, and the ways in
which an Arabic, Persian or Slavic name is written in Latin letters.

Never: say that two people are the same; a shared root is one reason among several.
"""

from typing import Final

from fac.domain.identity.name import sound_of
from fac.domain.identity.surname import families_of

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
adam aadam
ahmed ahmad ahmet achmed amed
aisha ayesha aysha aicha aishah aysa
ali aly
amina aminah ameena amna
amir ameer emir
asma asmaa
ayman aymen eiman
bilal belal
ebrahim ibrahim abraham abe avraham brahim
fatima fatma fatimah fatimeh fatoumata fatuma
farid fareed
habib habeeb
hadi hady
hamid hameed
hamza hamzah hamze
hasan hassan hasaan
huda hoda houda
hussein husain hussain hossein husein hosein hussien housein
idris idriss idrees
iman eman imaan
ismail ismael esmail ismaeel smail
jamal gamal jamaal djamal
jamila gamila djamila
kamal kamel kemal
karim kareem kerim abdulkarim
khadija khadijah hadija khadidja kadija hatice
khalid khaled haled
layla leila laila leyla
mahmoud mahmud mahmood mehmood
maryam mariam meryem maryem maria
mohammed muhammad mohamed mohammad muhammed mohamad muhamad mehmet mehmed mahomed mamadou mhd md mohd muhammet
mona muna
mustafa mostafa moustafa mustapha
nadia nadya
nasir nasser naser nasr
noor nour nur noura nora
omar umar omer umer
osman uthman othman ousmane usman
rashid rasheed rachid
reza rida ridha raza
said saeed saied saeid
salim saleem selim
salah saleh salih
samir sameer
samira sameera
sara sarah sarai
sayed sayyid syed sayid
sulaiman suleiman soliman sulayman solomon
tariq tarek tareq tarik
walid waleed
yahya yehia yahia
yasin yassin yaseen yassine
yasmin yasmine jasmine yasmeen jasmin yazmin
yusuf yousef youssef yousuf yusef joseph
zahra zehra zohra zahara
zainab zaynab zeinab zeynep zaineb
aleksandr oleksandr alexander sasha
aleksandra oleksandra alexandra sasha
andrei andriy andrey andrew
dmitri dmytro dmitry dimitri dima
ekaterina kateryna yekaterina katya catherine
elena olena yelena helen
ivan john vanya
iuliia yulia yuliya julia
mikhail mykhailo mykhaylo michael misha
mykola nikolai nikolay nicholas
natalia natalya nataliya nataliia natasha
oleksii aleksei alexei alexey
olga olha
pavel pavlo paul
sergei serhii sergey serhiy
tatiana tetiana tatyana tanya
volodymyr vladimir vova
yevhen yevgeny evgeny eugene
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
    """Return what a part of a name is looked up under: its groups, or its own sound when it has none.

    Given names and surnames alike, because forms are filled in with one in the other's place.
    """
    return (*groups_of(part), *families_of(part))[:MOST_ROOTS] or (sound_of(part),)
