"""Which text is the tag of a language: BCP 47, as far as a form needs it.

A tag is kept in plain, to be counted and shown before anything is released: so its parts are of short known lists, and
a name hardly fits (``Bo-Li`` would). Any two or three letters, with others behind a hyphen, fitted before.
Never: take a subtag that is not listed here.
"""

from typing import Final

# ISO 639-1.
_TWO_LETTERS: Final = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es
et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj
kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv
ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti
tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
# Of ISO 639-2 and 639-3, what is spoken by many in the United States and has no two letters, sign languages, and the
# codes that name no language; none that is a common given name. Any other language is written down as mis.
_THREE_LETTERS: Final = """
acm aii apc arz ase ast ayr bal bcl bem ber bfi bho bik bzs cak ceb cgg chk cho chr ckb cmn cnh csn ctu
dak din dyu fil fon fsl fuc gaa gcf gez gsg gsw guc guw hak haw hil hmn hne hnj hop hsn iba ilo ise ium jam jsl kab
kac kbd kea kek kha khk kjb kmb kmr knj kok kos kpe kri kru ksw kvk lkt luo lus mad mam mfs mic miq mis mix mni
moh mos mul mus mww mxv nah nan nap ncj ngu nso nyn oto pag pap pbt pcm pnb poh pon prs quc qug quh quz rhg rmy
rom rup scn sco sgn shn sid snk srn syl syr tet tix tmh toj tpi tvl tzh tzj tzo umb und vls war wes wuu yao
yap yua yue zap zun zxx zza
"""
# ISO 15924.
_SCRIPTS: Final = """
arab armn beng cans cher cyrl deva ethi geor grek guru hans hant hebr jpan khmr kore laoo latn mong mymr taml telu tfng
thai tibt
"""
# ISO 3166-1, and of UN M.49 the world, Europe and Latin America.
_REGIONS: Final = """
ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq br bs bt bv bw by bz ca cc cd
cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg eh er es et fi fj fk fm fo fr ga gb gd ge gf
gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn
kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mf mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na
nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si
sj sk sl sm sn so sr ss st sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug um us uy uz va vc ve vg vi
vn vu wf ws ye yt za zm zw 001 150 419
"""
_LANGUAGES: Final = frozenset(f"{_TWO_LETTERS} {_THREE_LETTERS}".split())
_OF_SCRIPT, _IN_REGION = frozenset(_SCRIPTS.split()), frozenset(_REGIONS.split())


def is_language(text: str) -> bool:
    """Tell whether ``text`` is the tag of a language, in whatever case: a language, a script and a region at most."""
    primary, *further = text.lower().split("-")
    if primary not in _LANGUAGES:
        return False
    if further and further[0] in _OF_SCRIPT:
        further = further[1:]
    return not further or (len(further) == 1 and further[0] in _IN_REGION)
