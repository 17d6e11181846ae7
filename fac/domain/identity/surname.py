"""Surnames that one family has under several spellings, where the sound key does not hear it: romanised Chinese, Korean
and Vietnamese names, and the short forms of Spanish ones.

Never: say that two families are one; a shared root leads to a comparison, and the comparison says how alike they are.
"""

from typing import Final

_GROUPS: Final = tuple(
    line.split()
    for line in """
ahn an
bae pae bai
cai tsai choi choy chua
chang zhang cheung jang teoh
chen chan tan chin
cheng zheng jeong jung chung
cho jo
choe choi
chowdhury choudhury chaudhry chaudhary chaudhari choudhary
deng tang
dinh ding ting
fung feng
gu koo ku
guo kuo kwok
han hahn
he ho
hoang huang wong hwang huynh
hsieh xie tse
hsu xu hui heo
huang wong ng hwang
im lim rim
jiang chiang kong
kang gang
kim gim ghim
ko go koh
kwon gwon
lee li yi rhee ri lei ly
liang leung leong
lim lin lam
liu lau low lew yoo
luo law lo
ma mah
moon mun
noh roh no
park pak bak
qian chien chin
qiu yau chiu
seo suh
shen sim shum
shin sin
song sung soong
sun suen
tran chan chen
tsang zeng tseng
vo vu woo wu
wang wong ong
woo u wu ng
xiao hsiao siu shaw
yang yeung yeo ieong
ye yip yeh
yoo yu ryu you
yoon yun
zhao chao chiu
zhou chou chow chau jow
zhu chu choo
""".strip().splitlines()
)
_MOST_ROOTS: Final = 3
_SHORT: Final = {
    "fdez": "fernandez", "glez": "gonzalez", "gzz": "gonzalez", "gtz": "gutierrez", "gtez": "gutierrez",
    "hdez": "hernandez", "hdz": "hernandez", "jmz": "jimenez", "mtz": "martinez", "mtnez": "martinez", "pz": "perez",
    "rdz": "rodriguez", "rodz": "rodriguez", "rguez": "rodriguez", "rmz": "ramirez", "schz": "sanchez",
    "snz": "sanchez", "vzqz": "vazquez",
}  # fmt: skip


def _roots() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for group in _GROUPS:
        for name in dict.fromkeys(group):
            found.setdefault(name, []).append("=" + group[0])  # the mark keeps these apart from given names and sounds
    return {name: tuple(roots[:_MOST_ROOTS]) for name, roots in found.items()}


_ROOTS: Final = _roots()


def in_full(part: str) -> str:
    """Return a surname written out that forms abbreviate ("Hdez"), any other as it is."""
    return _SHORT.get(part, part)


def families_of(part: str) -> tuple[str, ...]:
    """Return the roots of the surnames that ``part`` is a spelling of; at most three, mostly none."""
    return _ROOTS.get(part, ())
