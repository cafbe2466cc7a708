"""Invented clubs: names that sound like their country and belong to nobody."""

from __future__ import annotations

import numpy as np

from sabiscore.identity.slugs import slug

_STEMS = {
    "england": (
        "Ashen Brack Coldmer Dunver Elver Farrow Gorse Hallow Ister Kestrel Larkes Marrow Nether "
        "Orme Pell Quarr Rooks Sedge Thorne Wither"
    ),
    "scotland": ("Auchen Brannoch Corrie Drumlan Eilan Fennoch Glenor Inver Kilmor Strathen"),
    "spain": (
        "Albar Belmor Cazor Doral Espar Fuenmar Grazal Huelmar Jaral Lorqu Montel Navaz Olmer "
        "Pedraz Quintal Robler Salvat Torral Ubril Zafran"
    ),
    "germany": (
        "Adler Birken Dachs Eichen Falken Greifen Hirsch Itter Kranich Linden Morgen Nebel Otter "
        "Rabens Silber Tannen Ulmen Vogel Winter Zander"
    ),
    "italy": (
        "Albav Borgal Castor Derv Elmar Fiorav Gallor Isolav Lamor Montev Nerav Olivar Pinet "
        "Quercel Roccal Selvar Tarsin Umbrel Valdor Zeffir"
    ),
    "france": (
        "Aubrac Beaumar Clairv Dorval Esterr Fontan Grandv Hautmar Islor Jonqu Landrec Merval "
        "Noirm Orval Plessan Rivalt Sauvan Tremol Valsor Ydran"
    ),
    "netherlands": ("Berken Dorn Elzen Gaster Haver Kolmer Linde Merel Oster Wolder"),
    "belgium": ("Alder Brouss Cormel Dender Evelin Gravel Hesper Loover Merch Waver"),
    "portugal": ("Aldor Barrosel Carval Douren Estrel Figueir Lamel Moural Pombel Serran"),
    "greece": ("Akran Daphnor Elikon Galaxor Ikarel Kastran Lykor Myrtan Pelor Thymar"),
    "turkey": ("Akcar Balkar Cinarel Demirov Elmadal Goksel Karatepel Menderel Sarikay Yesilov"),
}
_ENDINGS = {
    "england": ("bury Town", "ford United", "mouth City", "wick Rovers", "combe Athletic", "stead Wanderers"),
    "scotland": (" Thistle", " Rovers", " Star"),
    "spain": ("eda CF", "osa UD", "ena Deportivo"),
    "germany": ("bach SV", "hausen 07", "tal 1904"),
    "italy": ("ona Calcio", "ese 1911", "ina AC"),
    "france": ("ac Olympique", "ille SC", "ane FC"),
    "netherlands": ("dijk", "broek VV", "veld Boys"),
    "belgium": ("beke SK", "gem Sport", "aere KV"),
    "portugal": ("eira SC", "osa FC", "inho AD"),
    "greece": ("os AO", "ia GS", "aki FC"),
    "turkey": ("spor", " Gucu", " Yildiz"),
}


def club_names(country: str, n: int, rng: np.random.Generator) -> list[str]:
    """n different invented names for clubs of ``country``, in an order drawn from ``rng``.

    >>> club_names("turkey", 2, np.random.default_rng(1)) == club_names("turkey", 2, np.random.default_rng(1))
    True
    """
    names = [stem + ending for stem in _STEMS[country].split() for ending in _ENDINGS[country]]
    if n > len(names) or len({slug(name) for name in names}) != len(names):
        raise ValueError(f"{country} has {len(names)} invented names, not {n}")
    return [names[index] for index in rng.permutation(len(names))[:n]]
