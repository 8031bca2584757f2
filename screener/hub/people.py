"""Made-up consignors and consignees. No number here can be dialled, no street is on a map."""

from __future__ import annotations

from screener.contracts.wire import Party
from screener.hub.chance import Rng, one_of

SURNAMES = ("张", "王", "李", "刘", "陈", "杨", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何")
GIVEN = ("伟", "芳", "娜", "敏", "静", "丽华", "建国", "秀英", "志强", "晓明", "海燕", "文博", "雨桐", "子涵")
REGIONS = (
    ("430100", "湖南省长沙市"),
    ("110000", "北京市"),
    ("310000", "上海市"),
    ("440100", "广东省广州市"),
    ("440300", "广东省深圳市"),
    ("350200", "福建省厦门市"),
    ("530100", "云南省昆明市"),
    ("610100", "陕西省西安市"),
)
DISTRICTS = ("示例区", "样本区", "演示县", "虚构镇")
STREETS = ("模拟路", "测试大道", "例子街", "假设巷", "样板路")

FIRST_NAMES = ("Alice", "Ben", "Clara", "David", "Emma", "Farid", "Grace", "Hugo", "Ines", "Jonas")
LAST_NAMES = ("Example", "Sample", "Placeholder", "Mockley", "Testerman", "Demoux", "Nobody", "Fictitious")
ENGLISH_STREETS = ("Example Street", "Sample Lane", "Placeholder Road", "Imaginary Avenue")
TOWNS = (("GB-LND", "Sampleton"), ("US-CA", "Exampleville"), ("AU-NSW", "Demo Bay"), ("CA-ON", "Mocktown"))


def chinese(rng: Rng) -> Party:
    """A person in China. No number within a city begins with 0, so 010-0nnn nnnn is nobody's.

    There are ten million of them: among thousands of parcels strangers must not share one by chance.
    """
    region, city = one_of(rng, REGIONS)
    district, street = one_of(rng, DISTRICTS), one_of(rng, STREETS)
    house, block, flat = (int(rng.integers(1, most)) for most in (300, 20, 2900))
    return Party(
        name=one_of(rng, SURNAMES) + one_of(rng, GIVEN),
        phone=f"010-0{int(rng.integers(10**7)):07}",
        address=f"{city}{district}{street}{house}号{block}栋{flat}室",
        region=region,
    )


def english(rng: Rng) -> Party:
    """A person elsewhere. Country code 999 belongs to no country."""
    region, town = one_of(rng, TOWNS)
    return Party(
        name=f"{one_of(rng, FIRST_NAMES)} {one_of(rng, LAST_NAMES)}",
        phone=f"+999 555 {int(rng.integers(10**7)):07}",
        address=f"{int(rng.integers(1, 30_000))} {one_of(rng, ENGLISH_STREETS)}, {town}",
        region=region,
    )
