"""The provinces as squares of a map without borders: where each lies, by the first digits of GB/T 2260."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Column, ColumnElement, or_

from screener.review.web.words import msg


@dataclass(frozen=True, slots=True)
class Tile:
    """A province: its code, what it is called in one character and in full, and its column and row."""

    code: str
    short: str
    name: str
    column: int
    row: int


TILES: Final = (
    Tile("23", "黑", msg("Heilongjiang"), 8, 0),
    Tile("65", "新", msg("Xinjiang"), 0, 1),
    Tile("15", "蒙", msg("Inner Mongolia"), 5, 1),
    Tile("22", "吉", msg("Jilin"), 8, 1),
    Tile("62", "甘", msg("Gansu"), 2, 2),
    Tile("64", "宁", msg("Ningxia"), 3, 2),
    Tile("14", "晋", msg("Shanxi"), 5, 2),
    Tile("13", "冀", msg("Hebei"), 6, 2),
    Tile("11", "京", msg("Beijing"), 7, 2),
    Tile("21", "辽", msg("Liaoning"), 8, 2),
    Tile("54", "藏", msg("Tibet"), 0, 3),
    Tile("63", "青", msg("Qinghai"), 1, 3),
    Tile("61", "陕", msg("Shaanxi"), 4, 3),
    Tile("41", "豫", msg("Henan"), 5, 3),
    Tile("37", "鲁", msg("Shandong"), 6, 3),
    Tile("12", "津", msg("Tianjin"), 7, 3),
    Tile("51", "川", msg("Sichuan"), 2, 4),
    Tile("50", "渝", msg("Chongqing"), 3, 4),
    Tile("42", "鄂", msg("Hubei"), 4, 4),
    Tile("34", "皖", msg("Anhui"), 5, 4),
    Tile("32", "苏", msg("Jiangsu"), 6, 4),
    Tile("31", "沪", msg("Shanghai"), 7, 4),
    Tile("53", "滇", msg("Yunnan"), 2, 5),
    Tile("52", "黔", msg("Guizhou"), 3, 5),
    Tile("43", "湘", msg("Hunan"), 4, 5),
    Tile("36", "赣", msg("Jiangxi"), 5, 5),
    Tile("33", "浙", msg("Zhejiang"), 6, 5),
    Tile("45", "桂", msg("Guangxi"), 3, 6),
    Tile("44", "粤", msg("Guangdong"), 4, 6),
    Tile("35", "闽", msg("Fujian"), 5, 6),
    Tile("71", "台", msg("Taiwan"), 7, 6),
    Tile("46", "琼", msg("Hainan"), 3, 7),
    Tile("82", "澳", msg("Macao"), 4, 7),
    Tile("81", "港", msg("Hong Kong"), 5, 7),
)
ENGLISH: Final = {
    **{"11": "BJ", "12": "TJ", "13": "HE", "14": "SX", "15": "NM", "21": "LN", "22": "JL", "23": "HL"},
    **{"31": "SH", "32": "JS", "33": "ZJ", "34": "AH", "35": "FJ", "36": "JX", "37": "SD", "41": "HA"},
    **{"42": "HB", "43": "HN", "44": "GD", "45": "GX", "46": "HI", "50": "CQ", "51": "SC", "52": "GZ"},
    **{"53": "YN", "54": "XZ", "61": "SN", "62": "GS", "63": "QH", "64": "NX", "65": "XJ", "71": "TW"},
    **{"81": "HK", "82": "MO"},
}
"""The two letters of ISO 3166-2:CN."""

BY_CODE: Final = {tile.code: tile for tile in TILES}
_ISO: Final = {"TW": "71", "HK": "81", "MO": "82"}
UNKNOWN: Final = "?"


def province(region: str | None) -> str:
    """The province of a region code; a code of another country stays, and what says nothing is `?`."""
    if not region:
        return UNKNOWN
    return _ISO.get(region, region[:2] if region[:2] in BY_CODE else region)


def of_province(column: Column[str], code: str) -> ColumnElement[bool]:
    """The condition that a column with region codes is of this province."""
    if code == UNKNOWN:
        return or_(column.is_(None), column == "")
    known = [iso for iso, own in _ISO.items() if own == code]
    begins = column.startswith(code, autoescape=True) if code in BY_CODE else column == code
    return or_(begins, column.in_(known)) if known else begins
