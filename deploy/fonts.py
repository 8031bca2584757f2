"""Makes the font that printed papers carry: Noto Sans CJK SC, only the characters that papers need.

    python deploy/fonts.py NotoSansCJK-Regular.ttc Unihan_OtherMappings.txt

The first file is of Debian's package fonts-noto-cjk (1:20220127), the second of unicode-data (15.0.0).
Kept are ASCII, Latin-1, the punctuation and signs of Chinese texts, GB/T 2312 and the 8,105 characters of
the 通用规范汉字表 (2013), which names of people and places are written in. Outlines become those of TrueType,
the only ones that fpdf2 embeds. It was run once; the same files give the same bytes again.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.pens.cu2quPen import Cu2QuPen  # type: ignore[import-untyped]
from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]
from fontTools.ttLib import TTCollection, TTFont, newTable  # type: ignore[import-untyped]

FONTS: Final = Path(__file__).resolve().parent.parent / "screener" / "review" / "papers" / "fonts"
FAMILY: Final = "Screener Sans SC"
"""A name of its own, as the licence asks of a changed font."""

MAX_ERROR_UNITS: Final = 1.0
"""How far an outline may move, of 1,000 units to the em: a tenth of the width of a hair at 10 pt."""

SIGNS: Final = (
    *range(0x20, 0x7F),  # ASCII
    *range(0xA0, 0x180),  # Latin-1, Latin Extended-A
    *range(0x2010, 0x2030),  # dashes and quotation marks
    *range(0x2030, 0x2050),
    *range(0x2070, 0x20A0),  # raised and lowered figures
    *(0x20AC, 0x2103, 0x2109, 0x2116, 0x2122),
    *range(0x2150, 0x2200),  # fractions, Roman numerals, arrows
    *range(0x2200, 0x2300),  # mathematics
    *range(0x2460, 0x2500),  # numbers in circles
    *range(0x25A0, 0x2600),
    *(0x2605, 0x2606, 0x2640, 0x2642, 0x2713, 0x2717),
    *range(0x3000, 0x3040),  # Chinese punctuation
    *range(0x3105, 0x312A),
    *range(0x3220, 0x3244),
    *range(0x3380, 0x33E0),
    *range(0xFE30, 0xFE50),
    *range(0xFF00, 0xFFF0),
    0xFFFD,
)


def main() -> None:
    """Write the font beside the code that embeds it."""
    collection, unihan = Path(sys.argv[1]), Path(sys.argv[2])
    kept = reduced(simplified(collection), {*SIGNS, *normed(unihan), *gb2312()})
    with_quadratic_outlines(kept)
    with_own_name(kept)
    kept["head"].modified = kept["head"].created
    kept.recalcTimestamp = False
    kept.save(FONTS / "screener-sans-sc.ttf")
    print(f"{len(kept.getBestCmap())} characters, {(FONTS / 'screener-sans-sc.ttf').stat().st_size} bytes")


def simplified(collection: Path) -> TTFont:
    """The regular weight with the forms of mainland China."""
    fonts = TTCollection(collection).fonts
    return next(one for one in fonts if one["name"].getDebugName(1) == "Noto Sans CJK SC")


def normed(unihan: Path) -> set[int]:
    """The characters of the 通用规范汉字表."""
    rows = (line.split("\t") for line in unihan.read_text().splitlines() if "\tkTGH\t" in line)
    return {int(row[0].removeprefix("U+"), 16) for row in rows if row[0].startswith("U+")}


def gb2312() -> set[int]:
    """The characters of GB/T 2312."""
    pairs = (bytes((row, cell)) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    return {ord(one) for pair in pairs if (one := pair.decode("gb2312", "ignore"))}


def reduced(font: TTFont, characters: set[int]) -> TTFont:
    """The font with these characters and nothing that places or replaces them."""
    options = subset.Options(
        layout_features=[], hinting=False, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], notdef_outline=True
    )
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx"]
    worker = subset.Subsetter(options)
    worker.populate(unicodes=characters)
    worker.subset(font)
    return font


def with_quadratic_outlines(font: TTFont) -> None:
    """Replace the cubic outlines of a CFF font by the quadratic ones of TrueType."""
    glyphs, order = font.getGlyphSet(), font.getGlyphOrder()
    drawn = {}
    for name in order:
        pen = TTGlyphPen(glyphs)
        glyphs[name].draw(Cu2QuPen(pen, MAX_ERROR_UNITS, reverse_direction=True))
        drawn[name] = pen.glyph()
    font["loca"] = newTable("loca")
    font["glyf"] = glyf = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = order, drawn
    for glyph in drawn.values():
        glyph.recalcBounds(glyf)
    lefts = {name: getattr(glyph, "xMin", 0) for name, glyph in drawn.items()}
    font["hmtx"].metrics = {name: (font["hmtx"][name][0], lefts[name]) for name in order}
    _count(font, order)
    del font["CFF "]
    font.sfntVersion = "\x00\x01\x00\x00"


def _count(font: TTFont, order: list[str]) -> None:
    most = font["maxp"]
    most.tableVersion, most.numGlyphs = 0x00010000, len(order)
    most.maxZones, most.maxTwilightPoints, most.maxStorage = 1, 0, 0
    most.maxFunctionDefs = most.maxInstructionDefs = most.maxStackElements = most.maxSizeOfInstructions = 0
    most.maxComponentElements = 0
    most.compile(font)
    post = font["post"]
    post.formatType, post.extraNames, post.mapping = 3.0, [], {}


def with_own_name(font: TTFont) -> None:
    """Call it by a name that is no reserved one."""
    for record in font["name"].names:
        if record.nameID in {1, 3, 4, 6}:
            said = FAMILY.replace(" ", "") if record.nameID == 6 else FAMILY
            font["name"].setName(said, record.nameID, record.platformID, record.platEncID, record.langID)


if __name__ == "__main__":
    main()
